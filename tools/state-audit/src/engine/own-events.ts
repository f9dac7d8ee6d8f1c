import ts from 'typescript';
import type { Cls, Fn, Unit } from './model.ts';
import { bare, member } from './syntax.ts';
import type { Value, Values } from './values.ts';

/** A function that is told of something by an emitter that the project made itself. */
export interface Listener {
  readonly fn: Fn;
  readonly event: string;
  readonly emitters: ReadonlySet<object>;
}

/**
 * Knows who says what on emitters of the project: `changes.emit('saved')` runs what `changes.on('saved', …)` was given, so
 * that runs whenever who emits does, and not by itself.
 */
export function createOwnEvents(values: Values) {
  const said: { fn: Fn; event: string | undefined; emitters: ReadonlySet<object> }[] = [];
  return { note, listener, emittersOf };

  /** Takes notice of a call if it emits something. */
  function note(fn: Fn, call: ts.CallExpression | ts.NewExpression): void {
    const at = member(bare(call.expression));
    if (at?.name !== 'emit') return;
    const emitters = own(fn.unit, at.object);
    const [first] = call.arguments ?? [];
    if (emitters.size > 0) said.push({ fn, event: textOf(first), emitters });
  }

  /** What is told to a function, when that comes from an emitter of the project alone. */
  function listener(unit: Unit, call: ts.CallExpression | ts.NewExpression, fn: Fn): Listener | undefined {
    const at = member(bare(call.expression));
    const event = textOf(call.arguments?.[0]);
    if (!at || event === undefined || !/^(on|once|addListener|prependListener)$/.test(at.name)) return undefined;
    const emitters = own(unit, at.object);
    return emitters.size > 0 ? { fn, event, emitters } : undefined;
  }

  /** The functions that emit what a listener hears. */
  function emittersOf({ event, emitters }: Listener): Fn[] {
    return said
      .filter((one) => (one.event ?? event) === event && [...one.emitters].some((e) => emitters.has(e)))
      .map((one) => one.fn);
  }

  /** The places or classes that emitters of the project are made by; none where a package may emit as well. */
  function own(unit: Unit, expr: ts.Expression): Set<object> {
    const found = new Set<object>();
    for (const value of values.of(unit, expr)) {
      const made = isEmitter(value) && 'node' in value ? [value.node!] : value.t === 'inst' ? ofClass(value.cls) : [];
      if (made.length === 0) return new Set();
      for (const one of made) found.add(one);
    }
    return found;
  }

  /** A class and its parents, if the last of them is the emitter of Node. */
  function ofClass(cls: Cls): Cls[] {
    const chain = [cls];
    for (let at: Cls | undefined = cls; at?.parentExpr && chain.length < 6;) {
      const parents: readonly Value[] = values.of(at.unit, at.parentExpr);
      if (parents.some((v) => v.t === 'ext' && v.module === 'events')) return chain;
      const next: Value | undefined = parents.find((v) => v.t === 'cls');
      at = next?.t === 'cls' && !chain.includes(next.cls) ? next.cls : undefined;
      if (at) chain.push(at);
    }
    return [];
  }
}

const isEmitter = (v: Value) =>
  (v.t === 'box' && v.type === 'emitter') || (v.t === 'ext' && v.module === 'events' && v.how === 'new');

const textOf = (node: ts.Expression | undefined) => (node && ts.isStringLiteralLike(node) ? node.text : undefined);
