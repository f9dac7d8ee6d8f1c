import { bare, member } from '@atlas/state-audit/engine';
import ts from 'typescript';

/**
 * What becomes of a call's result: `one-way` nobody waits, `awaited` somebody waits until it is done and takes no value,
 * `used` the value is needed.
 */
export type Answer = 'one-way' | 'awaited' | 'used';

const LATER =
  /^(setImmediate|setTimeout|queueMicrotask|process\.nextTick|waitUntil|defer|fireAndForget|background|runInBackground)$/;

/** Reads it from what stands around the call. */
export function answerOf(call: ts.Node): Answer {
  let isAwaited = false;
  for (let at = call; at.parent !== undefined; at = at.parent) {
    const up = at.parent;
    if (ts.isParenthesizedExpression(up) || ts.isNonNullExpression(up) || ts.isAsExpression(up)) continue;
    if (ts.isAwaitExpression(up)) {
      isAwaited = true;
      continue;
    }
    if (ts.isVoidExpression(up)) return 'one-way';
    if (ts.isExpressionStatement(up)) return isAwaited ? 'awaited' : 'one-way';
    // `f().catch(log)`, `f().then(() => done())`
    if (ts.isPropertyAccessExpression(up) && /^(then|catch|finally)$/.test(up.name.text)) {
      const chained = up.parent;
      if (!ts.isCallExpression(chained)) return 'used';
      if (up.name.text === 'then' && takesValue(chained.arguments[0])) return 'used';
      if (up.name.text === 'then' && chained.arguments.length > 0) isAwaited = true;
      return climb(chained, isAwaited);
    }
    if (ts.isArrowFunction(up) && up.body === at) return isLater(up) ? 'one-way' : 'used';
    if (ts.isArrayLiteralExpression(up)) {
      const all = up.parent;
      const isAll = ts.isCallExpression(all) && /^Promise\.(all|allSettled)$/.test(all.expression.getText());
      if (!isAll) return 'used';
      return climb(all, isAwaited);
    }
    return 'used';
  }
  return 'used';
}

function climb(node: ts.Node, isAwaited: boolean): Answer {
  const outer = answerOf(node);
  return outer === 'one-way' && isAwaited ? 'awaited' : outer;
}

function takesValue(callback: ts.Expression | undefined): boolean {
  if (!callback) return false;
  const fn = bare(callback);
  if (ts.isArrowFunction(fn) || ts.isFunctionExpression(fn)) return fn.parameters.length > 0;
  return true;
}

/** `setImmediate(() => f())`: the caller has gone on. */
function isLater(fn: ts.ArrowFunction): boolean {
  const call = fn.parent;
  return ts.isCallExpression(call) && LATER.test(call.expression.getText());
}

/** Whether the answer to the client was sent before this line of the same block. */
export function isAfterAnswer(call: ts.Node): boolean {
  let statement: ts.Node = call;
  while (statement.parent && !ts.isBlock(statement.parent)) {
    if (ts.isFunctionLike(statement)) return false;
    statement = statement.parent;
  }
  if (!statement.parent || !ts.isBlock(statement.parent)) return false;
  for (const before of statement.parent.statements) {
    if (before === statement) return false;
    if (!ts.isExpressionStatement(before)) continue;
    const sent = bare(before.expression);
    const at = ts.isCallExpression(sent) ? member(bare(sent.expression)) : undefined;
    if (
      at &&
      /^(json|send|end|sendStatus|redirect|render)$/.test(at.name) &&
      /^(res|response|reply)\b/.test(at.object.getText())
    )
      return true;
  }
  return false;
}
