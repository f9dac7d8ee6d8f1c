import ts from 'typescript';
import type { Cls, Fn, Unit } from './model.ts';
import { enclosingFn, thisOwner } from './parse.ts';
import { bare, member } from './syntax.ts';
import type { CallSite } from './values.ts';

export interface ThisOwner {
  readonly cls: Cls;
  readonly isStatic: boolean;
}

/**
 * Says what `this` is at a place. In a method of an object literal that is the object, unless methods of that name are
 * called for somebody else (`commands.get(name).run.call(connection, …)`) and nobody is seen to call this one as a method.
 */
export function createThis(units: Iterable<Unit>, callersOf: (fn: Fn) => readonly CallSite[]) {
  let names: ReadonlySet<string> | undefined;
  return (unit: Unit, node: ts.Node): ThisOwner | undefined => {
    const owner = thisOwner(unit, node);
    if (owner?.cls.kind !== 'object') return owner;
    const method = methodAround(unit, node);
    const name = method && [...owner.cls.methods].find(([, fn]) => fn === method)?.[0];
    if (method === undefined || name === undefined) return owner;
    names ??= calledForOthers(units);
    return names.has(name) && !callersOf(method).some(({ call }) => isMethodCall(call)) ? undefined : owner;
  };
}

/** Whether a call is `object.method()`, and not `object.method.call(another)`. */
export function isMethodCall(call: ts.CallExpression | ts.NewExpression): boolean {
  const name = member(bare(call.expression))?.name;
  return name !== undefined && !/^(call|apply)$/.test(name);
}

/** The function whose `this` is meant: arrow functions have none. */
export function methodAround(unit: Unit, node: ts.Node): Fn | undefined {
  let fn: Fn | undefined = enclosingFn(unit, node);
  while (fn && ts.isArrowFunction(fn.node)) fn = fn.parent;
  return fn;
}

/** `run` of `table[name].run.call(connection)`, and not of `table.run.call(table)`. */
function calledForOthers(units: Iterable<Unit>): Set<string> {
  const found = new Set<string>();
  for (const unit of units)
    for (const fn of unit.functions)
      for (const call of fn.calls) {
        const at = member(bare(call.expression));
        const method = at && /^(call|apply|bind)$/.test(at.name) ? member(bare(at.object)) : undefined;
        const [self] = call.arguments ?? [];
        if (method && method.name !== '*' && self && self.getText() !== method.object.getText()) found.add(method.name);
      }
  return found;
}
