import ts from 'typescript';
import type { Fn } from './model.ts';
import { bare, isFunctionNode, member } from './syntax.ts';

/**
 * The loop without an end in which something is done: `while (true) { await work(); await sleep(1000); }`, or one that waits
 * each time until a flag is down that the loop itself does not touch. What is done there is done as long as the process lives.
 */
export function endlessLoop(fn: Fn, node: ts.Node): ts.IterationStatement | undefined {
  for (let at = node; at.parent && at !== fn.node; at = at.parent) {
    const up = at.parent;
    if (isFunctionNode(up) && up !== fn.node) return undefined;
    if (isLoop(up) && up.statement === at && isEndless(up)) return up;
  }
  return undefined;
}

type Loop = ts.WhileStatement | ts.DoStatement | ts.ForStatement;

const isLoop = (node: ts.Node): node is Loop =>
  ts.isWhileStatement(node) || ts.isDoStatement(node) || ts.isForStatement(node);

function isEndless(loop: Loop): boolean {
  const asked = ts.isForStatement(loop) ? loop.condition : loop.expression;
  const seen = contentsOf(loop.statement);
  if (!seen.isWaiting || seen.isLeft) return false;
  if (!asked) return true;
  let flag = bare(asked);
  if (flag.kind === ts.SyntaxKind.TrueKeyword || ts.isStringLiteralLike(flag) || ts.isNumericLiteral(flag)) return true;
  if (ts.isPrefixUnaryExpression(flag) && flag.operator === ts.SyntaxKind.ExclamationToken) flag = bare(flag.operand);
  if (ts.isCallExpression(flag) || (!ts.isIdentifier(flag) && !member(flag))) return false;
  // `while (!connected) { …; connected = true; }`: until it has worked.
  return seen.isPausing && !seen.sets.has(flag.getText());
}

/** Whether a loop waits, for a while or for anything; is left from inside; and which names it sets. */
function contentsOf(body: ts.Node) {
  const seen = { isWaiting: false, isPausing: false, isLeft: false, sets: new Set<string>() };
  const visit = (node: ts.Node, inner: boolean): void => {
    if (isFunctionNode(node)) return;
    if (ts.isAwaitExpression(node) || (ts.isYieldExpression(node) && !node.asteriskToken)) {
      seen.isWaiting = true;
      if (node.expression && isPause(bare(node.expression))) seen.isPausing = true;
    }
    if (ts.isReturnStatement(node) || (ts.isBreakStatement(node) && (!inner || node.label))) seen.isLeft = true;
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken)
      seen.sets.add(bare(node.left).getText());
    const isInner =
      inner || isLoop(node) || ts.isForOfStatement(node) || ts.isForInStatement(node) || ts.isSwitchStatement(node);
    ts.forEachChild(node, (child) => visit(child, isInner));
  };
  visit(body, false);
  return seen;
}

/** `new Promise((go) => setTimeout(go, 1000))`, `sleep(1000)`: waits for nothing but the time. */
const isPause = (expr: ts.Expression): boolean =>
  ts.isNewExpression(expr)
    ? /\bsetTimeout\(/.test(expr.getText())
    : ts.isCallExpression(expr) && expr.arguments.length > 0 && expr.arguments.every((one) => isDuration(bare(one)));

const isDuration = (expr: ts.Expression): boolean =>
  ts.isNumericLiteral(expr) ||
  ts.isIdentifier(expr) ||
  member(expr) !== undefined ||
  (ts.isBinaryExpression(expr) && /^[-+*/]$/.test(expr.operatorToken.getText()) && isDuration(bare(expr.left)));
