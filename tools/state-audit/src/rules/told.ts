import ts from 'typescript';
import type { Sym, Unit } from '../engine/model.ts';
import { lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, isFunctionNode, member, requiredModule } from '../engine/syntax.ts';
import { words } from './vocabulary.ts';

const DEEPEST = 3;
/** What comes from everywhere says nothing. */
const MOST_WORDS = 30;
/** A function with more callers than this is a tool of everybody's: what each of them means says nothing. */
const MOST_CALLERS = 12;
const WRAPPERS = /^(String|Number|Boolean|BigInt|parseInt|parseFloat|JSON|Object|Array|Math)$/;
const ELEMENTS = /^(forEach|map|filter|some|every|find|flatMap|reduce|each)$/;

/**
 * What an expression comes from, in words that nobody can rename: texts, packages and what is taken out of things that the
 * program did not make itself (`req.ip` is `ip`, whatever the request is called, and however many functions it was passed through).
 */
export function createTold(program: Program): (unit: Unit, expr: ts.Expression) => ReadonlySet<string> {
  return (unit, expr) => {
    const found = new Set<string>();
    tell(unit, expr, 0, new Set(), found);
    return found.size > MOST_WORDS ? new Set() : found;
  };

  function tell(unit: Unit, expr: ts.Node, depth: number, seen: Set<ts.Node | Sym>, found: Set<string>): void {
    const node = bare(expr as ts.Expression);
    if (depth > DEEPEST || seen.has(node)) return;
    seen.add(node);
    const further = (one: ts.Node, at: Unit = unit, deeper = 0) => tell(at, one, depth + deeper, seen, found);
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      say(found, words(node.text));
    else if (ts.isIdentifier(node)) name(unit, node, depth, seen, found);
    else if (member(node)) chain(unit, node, further, found);
    else if (requiredModule(node)) return;
    else if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const callees = program.values.of(unit, node.expression);
      const own = callees.flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
      for (const fn of own) for (const one of fn.returns) further(one, fn.unit, 1);
      if (own.length > 0) return;
      if (!callees.some((v) => v.t === 'cls') && !ts.isIdentifier(bare(node.expression))) further(node.expression);
      else for (const v of callees) if (v.t === 'ext') say(found, words(`${v.module} ${v.path}`));
      const callee = bare(node.expression);
      if (ts.isIdentifier(callee) && !lookup(unit, callee, callee.text) && !WRAPPERS.test(callee.text))
        say(found, words(callee.text));
      const isForeign = !callees.some((v) => v.t === 'cls');
      for (const argument of node.arguments ?? []) {
        further(argument);
        if (isForeign && ts.isObjectLiteralExpression(bare(argument))) properties(bare(argument), found);
      }
    } else if (ts.isObjectLiteralExpression(node)) {
      for (const p of node.properties) {
        if (ts.isPropertyAssignment(p)) further(p.initializer);
        else if (ts.isShorthandPropertyAssignment(p)) further(p.name);
        else if (ts.isSpreadAssignment(p)) further(p.expression);
      }
    } else if (!isFunctionNode(node) && !ts.isClassLike(node) && !ts.isTypeNode(node))
      ts.forEachChild(node, (child) => further(child));
  }

  function name(unit: Unit, node: ts.Identifier, depth: number, seen: Set<ts.Node | Sym>, found: Set<string>): void {
    const sym = lookup(unit, node, node.text);
    if (!sym || seen.has(sym)) return;
    seen.add(sym);
    if (sym.imported) {
      const { specifier, name: imported } = sym.imported;
      const from = program.values.resolve(unit, specifier);
      if (!from && !specifier.startsWith('.')) say(found, words(`${specifier} ${imported}`));
      const target = from && program.values.exportTarget(from, imported)?.target;
      if (target?.sym && !target.sym.imported && seen.size < 200)
        for (const { expr } of target.sym.values) tell(target.sym.unit, expr, depth + 1, seen, found);
      return;
    }
    for (const { expr, path } of sym.values) {
      tell(sym.unit, expr, depth, seen, found);
      if (!isOwn(unit, expr)) say(found, words(path.filter((step) => step !== '*').join(' ')));
    }
    if (sym.param) given(sym, depth, seen, found);
  }

  /** What the callers of a function give it; of what was handed to somebody else, what they call it for. */
  function given(sym: Sym, depth: number, seen: Set<ts.Node | Sym>, found: Set<string>): void {
    const { fn, index, path = [] } = sym.param!;
    const sites = program.phases.callers.get(fn) ?? [];
    const steps = words(path.filter((step) => step !== '*').join(' '));
    if (sites.length === 0) say(found, steps);
    if (sites.length > 0 && sites.length <= MOST_CALLERS) {
      for (const site of sites) {
        let argument = site.call.arguments?.[index];
        const literal = argument && bare(argument);
        if (path.length === 1 && literal && ts.isObjectLiteralExpression(literal))
          argument = valueOf(literal, path[0]!) ?? argument;
        else if (argument && !isOwn(site.fn.unit, argument)) say(found, steps);
        if (argument) tell(site.fn.unit, argument, depth + 1, seen, found);
      }
    }
    const up = fn.node.parent;
    if (!up || !ts.isCallExpression(up) || bare(up.expression) === fn.node) return;
    const at = member(bare(up.expression));
    const [first] = up.arguments;
    if (at && /^(on|once|addEventListener)$/.test(at.name) && first && ts.isStringLiteralLike(first))
      say(found, `event ${words(first.text)}`);
    else if (at && ELEMENTS.test(at.name)) tell(fn.unit, at.object, depth, seen, found);
  }

  /** `req.session.userId` says "session user id"; what the program made itself may call its parts as it likes. */
  function chain(unit: Unit, node: ts.Expression, further: (one: ts.Node) => void, found: Set<string>): void {
    const steps: string[] = [];
    let at: ts.Expression = node;
    for (let step = member(at); step; step = member(at)) {
      const object = bare(step.object);
      if (!isOwn(unit, object) && step.name !== '*') steps.unshift(step.name);
      if (ts.isElementAccessExpression(at) && step.name === '*') further(at.argumentExpression);
      at = object;
    }
    say(found, words(steps.join(' ')));
    if (at.kind !== ts.SyntaxKind.ThisKeyword) further(at);
    else for (const v of program.values.of(unit, node)) if (v.t === 'ext') say(found, words(`${v.module} ${v.path}`));
  }

  function isOwn(unit: Unit, expr: ts.Expression): boolean {
    const at = bare(expr);
    if (at.kind === ts.SyntaxKind.ThisKeyword) return true;
    return program.values.of(unit, at).some((v) => /^(inst|box|content|cls|module|fn)$/.test(v.t));
  }
}

function valueOf(literal: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const p of literal.properties) {
    if (p.name?.getText() !== name) continue;
    if (ts.isPropertyAssignment(p)) return p.initializer;
    if (ts.isShorthandPropertyAssignment(p)) return p.name;
  }
  return undefined;
}

/** `findOneBy({ tenantId })`: what somebody else's function is asked by. */
function properties(node: ts.Expression, found: Set<string>): void {
  for (const p of (node as ts.ObjectLiteralExpression).properties)
    if (p.name && !ts.isComputedPropertyName(p.name)) say(found, words(p.name.getText()));
}

function say(found: Set<string>, text: string): void {
  if (text !== '') found.add(text);
}
