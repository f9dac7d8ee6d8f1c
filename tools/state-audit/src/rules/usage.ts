import ts from 'typescript';
import type { Holder } from '../engine/holders.ts';
import type { Unit } from '../engine/model.ts';
import { lookup, thisOwner } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, isFunctionNode, member } from '../engine/syntax.ts';

/** How a holder is used where it is not written: what its readers take it for, whatever it is called. */
export interface Usage {
  /** Every reader calls it or a method of it: something that works, not something that is known. */
  readonly worksOnly: boolean;
  /** It, or what it holds under a key, is called as a function. */
  readonly isCalled: boolean;
  /** Its methods are those of a log. */
  readonly logsOnly: boolean;
  readonly reads: readonly ts.Node[];
}

const LOG_METHODS = /^(log|info|warn|error|debug|trace|fatal|verbose|silly|silent|child|notice|critical|warning)$/;

/** Looks at all places of the holder's own file that read it; of a field, those through `this`. */
export function usageOf(program: Program, holder: Holder): Usage {
  const reads = readsOf(program, holder);
  const methods: string[] = [];
  let called = 0;
  for (const read of reads) {
    const at = outer(read);
    const up = at.parent;
    if (isCallee(at)) called += 1;
    else if (isAccess(up) && up.expression === at && isCallee(outer(up))) {
      const name = member(up)?.name ?? '';
      if (ts.isElementAccessExpression(up)) called += 1;
      methods.push(name);
    } else if (
      isAccess(up) &&
      up.expression === at &&
      isAccess(outer(up).parent) &&
      isCallee(outer(outer(up).parent))
    ) {
      // `handlers[type].run(payload)`
      if (ts.isElementAccessExpression(up)) called += 1;
      methods.push('*');
    } else if (!isGuard(at)) methods.push('=');
  }
  const contents = holder.unit.functions.length > 0 ? contentCalls(holder, reads) : 0;
  return {
    reads,
    worksOnly: called + methods.length > 0 && methods.every((m) => m !== '='),
    isCalled: called + contents > 0,
    logsOnly: called === 0 && methods.length > 0 && methods.every((m) => LOG_METHODS.test(m)),
  };
}

const isAccess = (node: ts.Node): node is ts.PropertyAccessExpression | ts.ElementAccessExpression =>
  ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
const isCallee = (node: ts.Node) =>
  (ts.isCallExpression(node.parent) || ts.isNewExpression(node.parent)) && node.parent.expression === node;

function outer(node: ts.Node): ts.Node {
  let at = node;
  while (
    ts.isParenthesizedExpression(at.parent) ||
    ts.isAsExpression(at.parent) ||
    ts.isNonNullExpression(at.parent) ||
    ts.isAwaitExpression(at.parent)
  )
    at = at.parent;
  return at;
}

/** `if (x)`, `!x`, `x && x.info()`: asks only whether it is there. */
function isGuard(node: ts.Node): boolean {
  const up = node.parent;
  if (ts.isIfStatement(up) || ts.isPrefixUnaryExpression(up) || ts.isTypeOfExpression(up)) return true;
  if (ts.isConditionalExpression(up)) return up.condition === node;
  if (!ts.isBinaryExpression(up)) return false;
  const how = up.operatorToken.getText();
  if (/^(&&|\|\||\?\?)$/.test(how)) return up.left === node;
  return /^[!=]==?$/.test(how) && /^(null|undefined)$/.test((up.left === node ? up.right : up.left).getText());
}

/** `const handle = handlers[type]; handle(payload)`, `for (const one of list) one(event)`. */
function contentCalls(holder: Holder, reads: readonly ts.Node[]): number {
  const { unit } = holder;
  const spans = reads.map((r) => r.pos);
  let found = 0;
  for (const fn of unit.functions) {
    for (const call of fn.calls) {
      const callee = bare(call.expression);
      const root = ts.isIdentifier(callee) ? callee : undefined;
      const sym = root && lookup(unit, root, root.text);
      if (
        !sym || sym.kind === 'param' ? !isElementParam(sym, spans) : !sym?.values.some((v) => isMadeOf(v.expr, spans))
      )
        continue;
      found += 1;
    }
  }
  return found;
}

const contains = (node: ts.Node, spans: readonly number[]) => spans.some((pos) => node.pos <= pos && pos < node.end);

/** A function that reads it is not made of it. */
const isMadeOf = (value: ts.Expression, spans: readonly number[]) =>
  !isFunctionNode(bare(value)) && contains(value, spans);

/** The parameter of `list.forEach((one) => …)`. */
function isElementParam(sym: ReturnType<typeof lookup>, spans: readonly number[]): boolean {
  if (!sym?.param || sym.param.index > 1) return false;
  const call = sym.param.fn.node.parent;
  return (
    call !== undefined &&
    ts.isCallExpression(call) &&
    /^(forEach|map|some|every|find|filter|reduce)$/.test(member(bare(call.expression))?.name ?? '') &&
    contains(call.expression, spans)
  );
}

function readsOf(program: Program, holder: Holder): ts.Node[] {
  const { unit, sym, cls, field } = holder;
  const found: ts.Node[] = [];
  const isWritten = (node: ts.Node) => {
    const up = node.parent;
    return (
      (ts.isBinaryExpression(up) &&
        up.left === node &&
        up.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
        up.operatorToken.kind <= ts.SyntaxKind.LastAssignment) ||
      ((ts.isVariableDeclaration(up) || ts.isPropertyDeclaration(up)) && up.name === node) ||
      (isAccess(up) && up.expression === node && ts.isBinaryExpression(up.parent) && up.parent.left === up) ||
      ts.isExportSpecifier(up) ||
      ts.isParameter(up)
    );
  };
  const look = (at: Unit, node: ts.Node): void => {
    if (sym && ts.isIdentifier(node) && node.text === sym.name && node !== sym.decl) {
      const isName =
        (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
        (ts.isPropertyAssignment(node.parent) && node.parent.name === node);
      if (!isName && !isWritten(node) && lookup(at, node, node.text) === sym) found.push(node);
    }
    if (field && cls && isAccess(node) && member(node)?.name === field && !isWritten(node)) {
      const isThis = node.expression.kind === ts.SyntaxKind.ThisKeyword && thisOwner(at, node)?.cls === cls;
      if (isThis || program.holders.ofExpression(at, node).some((h) => h.key === holder.key)) found.push(node);
    }
    ts.forEachChild(node, (child) => look(at, child));
  };
  look(unit, unit.source);
  return found;
}
