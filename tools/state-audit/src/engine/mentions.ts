import ts from 'typescript';
import type { Fn, Sym, Unit } from './model.ts';
import { lookup } from './parse.ts';
import { walk } from './syntax.ts';

/** Answers whether anybody says the name of a function that has one of its own. */
export function createMentions(): { isDead(fn: Fn): boolean } {
  // atlas-local-ok: answers about one program, forgotten with it
  const mentioned = new Map<Unit, ReadonlySet<Sym>>();

  return { isDead };

  /** A function, or a constant that is one, that nobody exports, calls or mentions. */
  function isDead(fn: Fn): boolean {
    const name = ownName(fn.node);
    const sym = name && lookup(fn.unit, name, name.text);
    if (!sym || isExported(fn.unit, sym)) return false;
    let known = mentioned.get(fn.unit);
    if (known === undefined) mentioned.set(fn.unit, (known = mentionsIn(fn.unit)));
    return !known.has(sym);
  }
}

function ownName(node: ts.Node): ts.Identifier | undefined {
  if (ts.isFunctionDeclaration(node)) return node.name;
  const up = node.parent;
  const isConstant = ts.isVariableDeclaration(up) && up.initializer === node && ts.isIdentifier(up.name);
  return isConstant && (ts.isArrowFunction(node) || ts.isFunctionExpression(node))
    ? (up.name as ts.Identifier)
    : undefined;
}

function isExported(unit: Unit, sym: Sym): boolean {
  for (const target of unit.exports.values()) if (target.sym === sym) return true;
  return false;
}

function mentionsIn(unit: Unit): Set<Sym> {
  const found = new Set<Sym>();
  walk(unit.source, (node) => {
    if (!ts.isIdentifier(node) || isDeclared(node)) return;
    const sym = lookup(unit, node, node.text);
    if (sym) found.add(sym);
  });
  return found;
}

/** `x.name`, `{ name: … }` and `function name() {}` say the name of something else, or give it. */
function isDeclared(node: ts.Identifier): boolean {
  const up = node.parent;
  if (ts.isPropertyAccessExpression(up) || ts.isPropertyAssignment(up) || ts.isMethodDeclaration(up))
    return up.name === node;
  return (
    (ts.isFunctionDeclaration(up) || ts.isFunctionExpression(up) || ts.isVariableDeclaration(up)) && up.name === node
  );
}
