import ts from 'typescript';
import { isMethodCall, methodAround } from '../engine/another-this.ts';
import type { Holder } from '../engine/holders.ts';
import type { Fn, Write } from '../engine/model.ts';
import { enclosingFn, lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, member } from '../engine/syntax.ts';

/** What looks kept and is not: over when its function is, or the same whoever does it. */
export function isSettled(program: Program, holder: Holder, writes: readonly Write[]): boolean {
  return writes.every(isAddedOnce) || isScratch(program, holder);
}

/** `if (!methods.includes('OPTIONS')) methods.push('OPTIONS')`: there afterwards, however often it is done. */
function isAddedOnce(write: Write): boolean {
  const [value] = write.values;
  if (write.op !== 'call' || !/^(push|unshift|add)$/.test(write.how) || write.values.length !== 1 || !value)
    return false;
  if (!ts.isStringLiteralLike(bare(value)) && !ts.isNumericLiteral(bare(value))) return false;
  if (write.how === 'add') return true;
  let at: ts.Node = write.node;
  while (at.parent && at !== write.fn.node && !ts.isIfStatement(at.parent)) at = at.parent;
  const asked = at.parent && ts.isIfStatement(at.parent) && at.parent.thenStatement === at && at.parent.expression;
  if (!asked) return false;
  const text = asked.getText().replace(/\s/g, '');
  const target = `${write.target.getText()}.`.replace(/\s/g, '');
  return (
    text.includes(`${target}includes(${value.getText()})`) || text.includes(`${target}indexOf(${value.getText()})`)
  );
}

/** A name that nobody declared, and that every function sets before it looks at it: a local variable without its `var`. */
function isScratch(program: Program, holder: Holder): boolean {
  const name = /^globalThis\.(\w+)$/.exec(holder.name)?.[1];
  if (holder.kind !== 'global' || name === undefined) return false;
  const first = new Map<Fn, ts.Identifier>();
  let isPlain = true;
  for (const unit of program.units) {
    if (!unit.source.text.includes(name)) continue;
    const visit = (node: ts.Node): void => {
      if (!isPlain) return;
      if (ts.isIdentifier(node) && node.text === name) {
        if (isPropertyName(node))
          isPlain = !/^(global|globalThis|window)$/.test(member(node.parent as ts.Expression)?.object.getText() ?? '');
        else if (!lookup(unit, node, name)) {
          const fn = enclosingFn(unit, node);
          if (!first.has(fn)) first.set(fn, node);
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(unit.source);
  }
  return isPlain && first.size > 0 && [...first.values()].every(isSet);
}

const isPropertyName = (node: ts.Identifier) =>
  (ts.isBindingElement(node.parent) && node.parent.propertyName === node) ||
  (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
  (ts.isPropertyAssignment(node.parent) && node.parent.name === node);

const isSet = (node: ts.Node) =>
  (ts.isBinaryExpression(node.parent) &&
    node.parent.left === node &&
    node.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    !ts.isExpression(node.parent.parent)) ||
  ((ts.isForOfStatement(node.parent) || ts.isForInStatement(node.parent)) && node.parent.initializer === node);

/**
 * `module.exports = { run(command) { this.selected = command } }`, where the object has no such field and nobody calls the
 * function as a method of it: `this` is whoever it is called for.
 */
export function isOfAnotherThis(program: Program, { kind, cls, decl }: Holder, writes: readonly Write[]): boolean {
  if (kind !== 'field' || cls?.kind !== 'object' || !ts.isBinaryExpression(decl)) return false;
  return writes.every((w) => {
    const method = methodAround(w.fn.unit, w.node);
    const isThis = bare(member(w.target)?.object ?? w.target).kind === ts.SyntaxKind.ThisKeyword;
    return (
      isThis && method !== undefined && !program.phases.callers.get(method)?.some(({ call }) => isMethodCall(call))
    );
  });
}
