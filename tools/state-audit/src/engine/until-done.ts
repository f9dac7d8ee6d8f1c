import ts from 'typescript';
import type { Fn, Unit } from './model.ts';
import { enclosingFn, lookup } from './parse.ts';
import { bare, isSame, member, walk } from './syntax.ts';

/**
 * `tries = setInterval(() => reach().then((place) => { clearInterval(tries); at = place; }), 1000)`: tried until it has worked
 * once, and over then. One that ends because a flag says so, or because it failed, is as any other.
 */
export function isUntilDone(unit: Unit, call: ts.Node, given: Fn): boolean {
  const up = call.parent;
  const kept = ts.isVariableDeclaration(up)
    ? ts.isIdentifier(up.name) && up.name
    : ts.isBinaryExpression(up) && up.right === call && up.left;
  if (!kept || given.unit !== unit) return false;
  let ends = false;
  let again = false;
  walk(given.node, (node) => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(bare(node.expression))) return;
    const name = (bare(node.expression) as ts.Identifier).text;
    if (name === 'setInterval') again = true;
    const [cleared] = node.arguments;
    if (name === 'clearInterval' && cleared && isOne(unit, cleared, kept) && hasWorked(unit, node, given)) ends = true;
  });
  return ends && !again;
}

function isOne(unit: Unit, cleared: ts.Expression, kept: ts.Expression): boolean {
  const [a, b] = [bare(cleared), bare(kept)];
  if (!isSame(a, b)) return false;
  return !ts.isIdentifier(a) || !ts.isIdentifier(b) || lookup(unit, a, a.text) === lookup(unit, b, b.text);
}

/** Within what is done with an answer, and only asked of what came with it. */
function hasWorked(unit: Unit, clear: ts.Node, given: Fn): boolean {
  const fn = enclosingFn(unit, clear);
  for (let at = clear; at !== fn.node; at = at.parent) {
    if (ts.isCatchClause(at)) return false;
    const isAsked = ts.isIfStatement(at.parent) && at.parent.expression !== at;
    if (isAsked && !isOfCall(unit, (at.parent as ts.IfStatement).expression, given)) return false;
  }
  const then = fn.node.parent;
  if (ts.isCallExpression(then) && member(bare(then.expression))?.name === 'then') return then.arguments[0] === fn.node;
  let waited = false;
  walk(fn.node, (node) => {
    if (ts.isAwaitExpression(node) && node.end <= clear.pos) waited = true;
  });
  return waited;
}

/** Whether a condition asks for something that the function found out itself. */
function isOfCall(unit: Unit, condition: ts.Expression, given: Fn): boolean {
  let found = false;
  walk(condition, (node) => {
    if (ts.isAwaitExpression(node)) found = true;
    const sym = ts.isIdentifier(node) ? lookup(unit, node, node.text) : undefined;
    if (sym && sym.owner.node.pos >= given.node.pos && sym.owner.node.end <= given.node.end) found = true;
  });
  return found;
}
