import ts from 'typescript';
import type { Fn, Unit } from '../engine/model.ts';
import { lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, isFunctionNode, walk } from '../engine/syntax.ts';
import type { Derived } from './derived.ts';
import { words } from './vocabulary.ts';

interface Branch {
  readonly condition: ts.Expression;
  readonly then: readonly ts.Node[];
}

interface Said {
  readonly texts: string[];
  readonly statuses: Set<number>;
}

const MOST_CALLERS = 12;
const SHORT = 3;

/** What a server says when its state says so: statuses, messages, and the routes that lead there. */
export function createSaid(program: Program): (fns: ReadonlySet<Fn>, from: Derived) => Said {
  // atlas-local-ok: answers about one program, forgotten with it
  const branches = new Map<Fn, readonly Branch[]>();

  return (fns, from) => {
    const said: Said = { texts: [], statuses: new Set() };
    for (const fn of fns) {
      if (fn === fn.unit.module) continue;
      for (const { condition, then } of branchesOf(fn))
        if (from.is(fn.unit, condition)) then.forEach((b) => hear(b, said));
      routes(fn, 0, new Set(), said);
      const sites = program.phases.callers.get(fn) ?? [];
      if (sites.length > MOST_CALLERS) continue;
      for (const site of sites)
        for (const { condition, then } of branchesOf(site.fn))
          if (asks(site.fn.unit, condition, site.call)) then.forEach((b) => hear(b, said));
    }
    return said;
  };

  function branchesOf(fn: Fn): readonly Branch[] {
    let known = branches.get(fn);
    if (known === undefined) branches.set(fn, (known = fn === fn.unit.module ? [] : read(fn.node)));
    return known;
  }

  /** The route a handler is given to, or those whose handlers call this function. */
  function routes(fn: Fn, depth: number, seen: Set<Fn>, said: Said): void {
    if (seen.has(fn) || depth > 2) return;
    seen.add(fn);
    const entry = program.phases.pathTo(fn)?.entry;
    if (entry?.fn === fn && ts.isCallExpression(entry.node)) {
      const [first] = entry.node.arguments;
      if (entry.kind === 'request' && first && ts.isStringLiteralLike(first)) said.texts.push(words(first.text));
      return;
    }
    const sites = program.phases.callers.get(fn) ?? [];
    if (sites.length <= MOST_CALLERS) for (const site of sites) routes(site.fn, depth + 1, seen, said);
    if (fn.parent && fn.parent !== fn.unit.module) routes(fn.parent, depth, seen, said);
  }
}

function read(node: ts.Node): Branch[] {
  const found: Branch[] = [];
  walk(node, (at) => {
    if (ts.isIfStatement(at))
      found.push({ condition: at.expression, then: [at.thenStatement, at.elseStatement].filter(isShort) });
    else if (ts.isConditionalExpression(at)) found.push({ condition: at.condition, then: [at.whenTrue, at.whenFalse] });
    else if (isFunctionNode(at) && at !== node && ts.isFunctionDeclaration(at)) return false;
    return true;
  });
  return found;
}

function isShort(node: ts.Statement | undefined): node is ts.Statement {
  if (node === undefined || ts.isIfStatement(node)) return false;
  return !ts.isBlock(node) || node.statements.length <= SHORT;
}

/** Whether a condition asks a call, at once or through the variable that holds its result. */
function asks(unit: Unit, condition: ts.Expression, call: ts.Node): boolean {
  let found = false;
  walk(condition, (node) => {
    if (node === call) found = true;
    const sym = ts.isIdentifier(node) ? lookup(unit, node, node.text) : undefined;
    if (sym?.kind === 'var' && sym.values.length === 1 && bare(sym.values[0]!.expr) === call) found = true;
    return !found;
  });
  return found;
}

function hear(node: ts.Node, { texts, statuses }: Said): void {
  walk(node, (at) => {
    if (isFunctionNode(at)) return false;
    if (ts.isStringLiteralLike(at)) texts.push(words(at.text));
    if (ts.isNumericLiteral(at) && /^[45]\d\d$/.test(at.text)) statuses.add(Number(at.text));
    return true;
  });
}
