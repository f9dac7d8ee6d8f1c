import ts from 'typescript';
import type { Fn, Sym, Write } from './model.ts';
import { lookup } from './parse.ts';
import { bare, isFunctionNode, isReset, member } from './syntax.ts';

/**
 * Whether a call happens once per process though requests come by: `started ??= start()`, `if (!started) { started = start(); }`,
 * `if (started) return; started = true; start();`, where the variable is of the module and never taken back.
 */
export function isGuardedOnce(fn: Fn, call: ts.Node): boolean {
  return isGuarded(fn, call, isOfModule);
}

/** The same for one object: what is asked is a field of `this` or of the class, `if (!this.#read) await this.#readAll()`. */
export function isGuardedInObject(fn: Fn, call: ts.Node): boolean {
  return isGuarded(fn, call, isOfObject);
}

function isGuarded(fn: Fn, call: ts.Node, isMeant: (guard: ts.Expression, fn: Fn) => boolean): boolean {
  const isOne = (guard: ts.Expression | undefined, block: ts.Node) =>
    guard !== undefined && isMeant(guard, fn) && sets(fn, block, guard) && staysSet(fn, guard);
  for (let at = call; at.parent && at !== fn.node; at = at.parent) {
    const up = at.parent;
    if (isFunctionNode(up) && up !== fn.node) return false;
    if (ts.isBinaryExpression(up) && up.right === at && /^(\?\?=|\|\|=)$/.test(up.operatorToken.getText())) {
      if (isMeant(bare(up.left), fn) && staysSet(fn, bare(up.left))) return true;
    } else if (ts.isIfStatement(up) && up.thenStatement === at) {
      if (isOne(unsetGuard(up.expression), at)) return true;
    } else if (ts.isBlock(up)) {
      const before = up.statements.slice(0, up.statements.indexOf(at as ts.Statement));
      if (before.some((one) => leaves(one) && isOne(bare(one.expression), up))) return true;
    }
  }
  return false;
}

const isOfModule = (guard: ts.Expression, fn: Fn) => symOf(guard, fn)?.owner === fn.unit.module;
function isOfObject(guard: ts.Expression, fn: Fn): boolean {
  const on = member(guard)?.object;
  if (on === undefined || on.kind === ts.SyntaxKind.ThisKeyword) return on !== undefined;
  return ts.isIdentifier(on) && lookup(fn.unit, on, on.text)?.kind === 'class';
}

function symOf(guard: ts.Expression, fn: Fn): Sym | undefined {
  const sym = ts.isIdentifier(guard) ? lookup(fn.unit, guard, guard.text) : undefined;
  return sym?.kind === 'var' ? sym : undefined;
}

/** `x` of `!x`, `x === undefined`, `x == null`. */
function unsetGuard(asked: ts.Expression): ts.Expression | undefined {
  const at = bare(asked);
  if (ts.isPrefixUnaryExpression(at) && at.operator === ts.SyntaxKind.ExclamationToken) return bare(at.operand);
  const isUnset = ts.isBinaryExpression(at) && /^={2,3}$/.test(at.operatorToken.getText()) && isReset(at.right);
  return isUnset ? bare(at.left) : undefined;
}

/** `if (x) return …;`, also when something is said before. */
export function leaves(statement: ts.Statement): statement is ts.IfStatement {
  if (!ts.isIfStatement(statement) || statement.elseStatement) return false;
  const then = statement.thenStatement;
  const last = ts.isBlock(then) ? then.statements.at(-1) : then;
  return last !== undefined && ts.isReturnStatement(last);
}

/** Whether it is set in the block itself, and not in a function that may never run; a field also by a method that the block calls. */
function sets(fn: Fn, block: ts.Node, guard: ts.Expression): boolean {
  const isIn = (node: ts.Node) => node.pos >= block.pos && node.end <= block.end;
  const self = member(guard)?.object.getText();
  const called = fn.calls.filter(isIn).flatMap((call) => {
    const at = member(bare(call.expression));
    return at && at.object.getText() === self ? [at.name] : [];
  });
  const isCalled = (by: Fn) =>
    called.some((name) => by.cls?.methods.get(name) === by || by.cls?.staticMethods.get(name) === by);
  return writesOf(fn, guard).some((w) => (w.fn === fn && isIn(w.node)) || isCalled(w.fn));
}

function staysSet(fn: Fn, guard: ts.Expression): boolean {
  return writesOf(fn, guard).every(
    ({ values: [value], node, fn: by }) => !isTakenBack(value) || isAfterFailure(node) || by.cls?.ctor === by,
  );
}

/** Where a variable, or a field under the name it has in its class, is set. */
function writesOf(fn: Fn, guard: ts.Expression): Write[] {
  const sym = symOf(guard, fn);
  const field = member(guard)?.name;
  return fn.unit.functions.flatMap((one) =>
    one.writes.filter(({ target }) =>
      sym
        ? ts.isIdentifier(target) && lookup(fn.unit, target, target.text) === sym
        : field !== undefined && member(target)?.name === field,
    ),
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
