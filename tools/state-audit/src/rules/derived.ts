import ts from 'typescript';
import type { Sym, Unit } from '../engine/model.ts';
import { lookup } from '../engine/parse.ts';
import { bare, isFunctionNode, member, walk } from '../engine/syntax.ts';

/** What is made of a piece of state within the functions that use it. */
export interface Derived {
  /** Whether an expression is made of the state, directly or through local variables. */
  is(unit: Unit, expr: ts.Node): boolean;
  /** Whether an expression is one of what is kept: `list[0]`, `map.get(key)`, `one` of `for (const one of set)`. */
  element(unit: Unit, expr: ts.Expression): boolean;
}

/** Follows the places that name a holder through local variables and callbacks. */
export function createDerived(own: ReadonlySet<ts.Node>): Derived {
  const known = new Map<Sym, boolean>();

  function is(unit: Unit, expr: ts.Node): boolean {
    let found = false;
    walk(expr, (node) => {
      if (found || (isFunctionNode(node) && node !== expr) || ts.isTypeNode(node)) return false;
      if (own.has(node)) found = true;
      else if (ts.isIdentifier(node) && ofSym(unit, node)) found = true;
      return !found;
    });
    return found;
  }

  function ofSym(unit: Unit, node: ts.Identifier): boolean {
    if (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) return false;
    const sym = lookup(unit, node, node.text);
    if (!sym || sym.owner === sym.unit.module || sym.unit !== unit) return false;
    const answered = known.get(sym);
    if (answered !== undefined) return answered;
    known.set(sym, false);
    const derived = sym.values.some(({ expr }) => is(unit, expr)) || isGivenElement(unit, sym);
    known.set(sym, derived);
    return derived;
  }

  function isGivenElement(unit: Unit, sym: Sym): boolean {
    const up = sym.param && sym.param.index <= 1 ? sym.param.fn.node.parent : undefined;
    if (!up || !ts.isCallExpression(up)) return false;
    const at = member(bare(up.expression));
    return at !== undefined && /^(forEach|map|some|every|find|filter|each)$/.test(at.name) && is(unit, at.object);
  }

  /** The state as a whole (0), one of what is in it (1), or neither. */
  function depthOf(unit: Unit, expr: ts.Expression, left: number): 0 | 1 | undefined {
    const at = bare(expr);
    if (own.has(at)) return 0;
    if (left === 0) return undefined;
    const on = member(at);
    if (on) return depthOf(unit, on.object, left - 1) === undefined ? undefined : 1;
    if (ts.isBinaryExpression(at) && /^(\|\||\?\?|(\|\||\?\?)?=)$/.test(at.operatorToken.getText()))
      return depthOf(unit, at.left, left - 1) ?? depthOf(unit, at.right, left - 1);
    if (ts.isCallExpression(at)) {
      const call = member(bare(at.expression));
      const isTaken = call && /^(get|at|pop|shift|find|values|keys|entries|slice|filter)$/.test(call.name);
      return isTaken && depthOf(unit, call.object, left - 1) !== undefined ? 1 : undefined;
    }
    const sym = ts.isIdentifier(at) ? lookup(unit, at, at.text) : undefined;
    if (!sym || sym.owner === sym.unit.module || sym.unit !== unit) return undefined;
    if (isGivenElement(unit, sym)) return 1;
    for (const stored of sym.values) {
      const depth = depthOf(unit, stored.expr, left - 1);
      if (depth !== undefined) return stored.path.length > 0 || stored.element ? 1 : depth;
    }
    return undefined;
  }

  const element = (unit: Unit, expr: ts.Expression) => depthOf(unit, expr, 5) === 1;

  return { is, element };
}
