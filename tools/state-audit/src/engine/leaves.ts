import ts from 'typescript';
import type { Fn, Sym, Unit } from './model.ts';
import { enclosingFn, lookup } from './parse.ts';
import { bare, member, walk } from './syntax.ts';

/** Whether a function inside, or what the function returns, stores or hands on, still has its variable when it ends. */
export function outgoes(unit: Unit, fn: Fn, sym: Sym): boolean {
  let found = false;
  walk(fn.node, (node) => {
    if (found || !ts.isIdentifier(node) || node.text !== sym.name || node === sym.decl) return;
    if (lookup(unit, node, node.text) !== sym) return;
    let at: ts.Node = node;
    while (ts.isAsExpression(at.parent) || ts.isParenthesizedExpression(at.parent) || ts.isNonNullExpression(at.parent))
      at = at.parent;
    const up = at.parent;
    const inside = enclosingFn(unit, node);
    const isLater = inside !== fn && (unit.functions.includes(inside) ? !isInline(inside) : false);
    const leaves =
      ts.isReturnStatement(up) ||
      ts.isShorthandPropertyAssignment(up) ||
      ts.isArrayLiteralExpression(up) ||
      (ts.isArrowFunction(up) && up.body === at) ||
      (ts.isPropertyAssignment(up) && up.initializer === at) ||
      (ts.isBinaryExpression(up) && up.right === at) ||
      ((ts.isCallExpression(up) || ts.isNewExpression(up)) && (up.arguments?.some((one) => one === at) ?? false));
    if (isLater || leaves) found = true;
  });
  return found;
}

/** `list.map((one) => limit(…))` is over when the call is. */
function isInline(fn: Fn): boolean {
  const call = fn.node.parent;
  if (!call || !ts.isCallExpression(call)) return false;
  const name = member(bare(call.expression))?.name ?? '';
  return /^(map|forEach|filter|reduce|flatMap|some|every|find|then|catch|finally|all)$/.test(name);
}
