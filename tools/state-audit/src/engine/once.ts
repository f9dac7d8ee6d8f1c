import ts from 'typescript';
import type { Fn, Sym } from './model.ts';
import { lookup } from './parse.ts';
import { bare, isFunctionNode, isReset } from './syntax.ts';

/**
 * Whether a call happens once per process though requests come by: `started ??= start()`, `if (!started) { started = start(); }`,
 * `if (started) return; started = true; start();`, where the variable is of the module and never taken back.
 */
export function isGuardedOnce(fn: Fn, call: ts.Node): boolean {
  for (let at = call; at.parent && at !== fn.node; at = at.parent) {
    const up = at.parent;
    if (isFunctionNode(up) && up !== fn.node) return false;
    if (ts.isBinaryExpression(up) && up.right === at && /^(\?\?=|\|\|=)$/.test(up.operatorToken.getText())) {
      if (staysSet(fn, up.left)) return true;
    } else if (ts.isIfStatement(up) && up.thenStatement === at) {
      const guard = unsetGuard(up.expression);
      if (guard && sets(fn, at, guard) && staysSet(fn, guard)) return true;
    } else if (ts.isBlock(up)) {
      const before = up.statements.slice(0, up.statements.indexOf(at as ts.Statement));
      for (const statement of before) {
        const guard = leaves(statement) ? bare((statement as ts.IfStatement).expression) : undefined;
        if (guard && ts.isIdentifier(guard) && sets(fn, up, guard) && staysSet(fn, guard)) return true;
      }
    }
  }
  return false;
}

/** `x` of `!x`, `x === undefined`, `x == null`. */
function unsetGuard(asked: ts.Expression): ts.Identifier | undefined {
  const at = bare(asked);
  const name =
    ts.isPrefixUnaryExpression(at) && at.operator === ts.SyntaxKind.ExclamationToken
      ? bare(at.operand)
      : ts.isBinaryExpression(at) && /^={2,3}$/.test(at.operatorToken.getText()) && isReset(at.right)
        ? bare(at.left)
        : undefined;
  return name && ts.isIdentifier(name) ? name : undefined;
}

/** `if (x) return …;` */
function leaves(statement: ts.Statement): boolean {
  if (!ts.isIfStatement(statement) || statement.elseStatement) return false;
  const then = statement.thenStatement;
  const last = ts.isBlock(then) ? then.statements.at(-1) : then;
  return last !== undefined && ts.isReturnStatement(last);
}

/** Whether the variable is set in the block itself, and not in a function that may never run. */
function sets(fn: Fn, block: ts.Node, name: ts.Identifier): boolean {
  return fn.writes.some(
    (w) =>
      ts.isIdentifier(w.target) && w.target.text === name.text && w.node.pos >= block.pos && w.node.end <= block.end,
  );
}

function staysSet(fn: Fn, name: ts.Expression): boolean {
  const sym = ts.isIdentifier(bare(name)) ? lookup(fn.unit, name, (bare(name) as ts.Identifier).text) : undefined;
  if (sym?.kind !== 'var' || sym.owner !== fn.unit.module) return false;
  return writesOf(sym).every(({ value, node }) => !isTakenBack(value) || isAfterFailure(node));
}

function writesOf(sym: Sym): { value: ts.Expression | undefined; node: ts.Node }[] {
  return sym.unit.functions.flatMap((fn) =>
    fn.writes
      .filter((w) => ts.isIdentifier(w.target) && lookup(sym.unit, w.target, w.target.text) === sym)
      .map((w) => ({ value: w.values[0], node: w.node })),
  );
}

const isTakenBack = (value: ts.Expression | undefined) =>
  value === undefined || isReset(value) || bare(value).kind === ts.SyntaxKind.FalseKeyword;

/** `catch (error) { started = undefined; throw error; }`: the next one tries again. */
function isAfterFailure(node: ts.Node): boolean {
  for (let at = node; at.parent; at = at.parent) {
    if (ts.isCatchClause(at)) return true;
    const call = at.parent;
    if (isFunctionNode(at) && ts.isCallExpression(call) && ts.isPropertyAccessExpression(call.expression))
      return call.expression.name.text === 'catch';
  }
  return false;
}
