import ts from 'typescript';
import type { Fn, Sym, Unit } from './model.ts';
import { lookup } from './parse.ts';
import { bare, member } from './syntax.ts';
import type { CallSite, Value, Values } from './values.ts';

const PUTS = /^(push|unshift|set|add)$/;
const WALKS = /^(forEach|map|flatMap|filter|some|every|find)$/;

/** Functions that are kept in lists and tables, and the places that call what is in them. */
export interface StoredFunctions {
  /** Remembers a call of what a list or table holds: `for (const one of listeners) one(event)`, `makers.get(name)(deps)`. */
  called(fn: Fn, call: ts.CallExpression | ts.NewExpression): void;
  /** The lists and tables that a call puts its arguments into, where somebody made them in these files. */
  tables(unit: Unit, call: ts.CallExpression | ts.NewExpression): readonly ts.Node[];
  /** Remembers that a function puts what it is given there: `on(heard) { this.listeners.push(heard); }`. */
  keeps(param: Sym, tables: readonly ts.Node[]): void;
  /** Where what is given for a parameter ends up. */
  keptFor(param: Sym | undefined): readonly ts.Node[];
  /** Who calls what is in these. */
  callersOf(tables: readonly ts.Node[]): readonly CallSite[];
}

export function createStoredFunctions(values: Values): StoredFunctions {
  const askers = new Map<ts.Node, CallSite[]>();
  const kept = new Map<Sym, readonly ts.Node[]>();

  return {
    called(fn, call) {
      for (const table of new Set(held(fn.unit, bare(call.expression))))
        askers.set(table, [...(askers.get(table) ?? []), { fn, call }]);
    },
    tables(unit, call) {
      const at = member(bare(call.expression));
      return at && PUTS.test(at.name) ? values.of(unit, at.object).flatMap(made) : [];
    },
    keeps(param, tables) {
      kept.set(param, [...(kept.get(param) ?? []), ...tables]);
    },
    keptFor: (param) => (param && kept.get(param)) ?? [],
    callersOf: (tables) => tables.flatMap((table) => askers.get(table) ?? []),
  };

  /** The lists and tables that the called thing is in. */
  function held(unit: Unit, callee: ts.Expression): ts.Node[] {
    const found = values.of(unit, callee).flatMap((v) => (v.t === 'content' ? made(v) : []));
    const sym = ts.isIdentifier(callee) ? lookup(unit, callee, callee.text) : undefined;
    // `listeners.forEach((one) => one(event))`
    const walking = sym?.param?.index === 0 && !sym.param.path ? sym.param.fn.node.parent : undefined;
    const on = walking && ts.isCallExpression(walking) ? member(bare(walking.expression)) : undefined;
    return on && WALKS.test(on.name) ? [...found, ...values.of(unit, on.object).flatMap(made)] : found;
  }
}

/** Where the list or table was made that a value is, or is somewhere in. */
function made(value: Value): ts.Node[] {
  if (value.t === 'content') return made(value.of);
  if (value.t === 'box' || (value.t === 'inst' && value.cls.kind === 'object')) return [value.node];
  return [];
}
