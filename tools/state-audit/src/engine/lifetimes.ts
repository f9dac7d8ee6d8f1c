import ts from 'typescript';
import type { createHolders, Holder } from './holders.ts';
import { createKept } from './kept.ts';
import { outgoes } from './leaves.ts';
import type { Cls, Fn, Unit } from './model.ts';
import { enclosingFn } from './parse.ts';
import type { Phases } from './phases.ts';
import { isRow } from './rows.ts';
import { bare, lineOf, member } from './syntax.ts';
import type { CallSite, Values } from './values.ts';
import { isWithin } from './within.ts';

export interface Lifetime {
  /** 0 lives no longer than a request, 1 surely as long as the process. */
  readonly process: number;
  readonly because: string;
}

const NEVER: Lifetime = { process: 0, because: '' };
const LONG = 0.7;

/** Says how long what is kept somewhere lives. */
export function createLifetimes(
  units: readonly Unit[],
  values: Values,
  phases: Phases,
  { home, ofExpression, parent }: ReturnType<typeof createHolders>,
) {
  const { isLoad, isRun, outlives } = phases;
  const derived = units.flatMap((unit) => unit.classes.filter((cls) => cls.parentExpr));
  const lasts = (cls: Cls) => instance(cls).process >= LONG;
  const isKept = createKept({ phases, ofExpression, lasts });

  return { lifetime, handsOut, passes };

  /** Whether a function is a method of objects none of which is made at the start or kept by what lasts, as far as is known. */
  function passes(fn: Fn): boolean {
    const { cls } = fn;
    const isMethod = cls?.kind === 'class' && [...cls.methods.values()].includes(fn);
    return isMethod && instance(cls).process < 0.5 && !phases.newSites.get(cls)?.some(({ fn: by }) => isLoad(by));
  }

  /** How long a holder lives, seen from the writes that change it. */
  function lifetime(holder: Holder, writers: readonly Fn[]): Lifetime {
    switch (holder.kind) {
      case 'variable':
        return { process: 1, because: 'it is declared at module level' };
      case 'static':
        if (!holder.cls && enclosingFn(holder.unit, holder.decl.parent) !== holder.unit.module) return NEVER;
        if (
          holder.cls &&
          holder.cls.sym?.owner !== undefined &&
          !isLoad(enclosingFn(holder.unit, holder.cls.node.parent))
        )
          return NEVER;
        return { process: 1, because: 'a static field exists once per process' };
      case 'global':
        return { process: 1, because: 'the global object exists once per process' };
      case 'environment':
        return { process: 1, because: 'the environment belongs to the process' };
      case 'locals':
        return { process: 1, because: 'app.locals lives as long as the application' };
      case 'foreign':
        return { process: 0.8, because: 'a module is loaded once per process' };
      case 'closure': {
        const sym = holder.sym!;
        if (writers.every((fn) => fn === sym.owner)) return NEVER;
        const owner = sym.owner;
        const nested = writers.some((fn) => isWithin(fn, owner));
        if (!nested || !writers.some((fn) => outlives(fn, owner))) return NEVER;
        // `new Promise((done) => { const parts = []; … })`: over when it is settled.
        if (isExecutor(owner)) return NEVER;
        const ownerCls = owner.cls;
        if (ownerCls && isMadeBy(ownerCls, owner)) return instance(ownerCls);
        return evaluated(owner, `${owner.name} runs once, while the process starts`);
      }
      case 'field': {
        const cls = holder.cls!;
        if (cls.kind !== 'object') return instance(cls);
        const owner = enclosingFn(cls.unit, cls.node);
        if (owner === cls.unit.module) return { process: 1, because: 'the object is made at module level' };
        if (owner.cls && isMadeBy(owner.cls, owner)) return instance(owner.cls);
        if (!writers.some((fn) => outlives(fn, owner))) return NEVER;
        return evaluated(owner, `${owner.name} makes it while the process starts`);
      }
    }
  }

  /** Of what a function makes when it is called: judged by each place that calls it. */
  function evaluated(fn: Fn, because: string): Lifetime {
    if (phases.isCommand(fn) && !handsOut(fn)) return NEVER;
    const sites = phases.callers.get(fn) ?? [];
    if (isLoad(fn)) {
      if (!isRun(fn)) return { process: 0.95, because };
      // Called for requests as well: what it makes lasts where somebody keeps it.
      const isLasting = handsOut(fn) && sites.some((site) => isLoad(site.fn) && isKept(site.fn.unit, site.call));
      return { process: isLasting ? 0.7 : handsOut(fn) && !isServed(fn) ? 0.6 : 0.4, because };
    }
    const keeper = handsOut(fn) ? sites.map(keeperOf).find((kept) => kept !== undefined) : undefined;
    return keeper ? { process: 0.85, because: keptBy(keeper) } : NEVER;
  }

  /** Whether a call of the function makes an instance; one that has a `this` and is only called plainly does not. */
  function isMadeBy(cls: Cls, fn: Fn): boolean {
    if (cls.init === fn) return true;
    return cls.ctor === fn && (cls.kind === 'class' || phases.newSites.has(cls) || !phases.callers.has(fn));
  }

  function isServed(fn: Fn): boolean {
    return /^(request|consumer|timer|event)$/.test(phases.pathTo(fn)?.entry.kind ?? '');
  }

  /** Whether functions or objects that were made inside leave the function. */
  function handsOut(fn: Fn): boolean {
    const isMade = (node: ts.Node) => node.pos >= fn.node.pos && node.end <= fn.node.end && node !== fn.node;
    return fn.returns.some((r) =>
      values.of(fn.unit, r).some((v) => (v.t === 'fn' && isMade(v.fn.node)) || (v.t === 'inst' && isMade(v.node))),
    );
  }

  function instance(cls: Cls, depth = 0): Lifetime {
    if (isOne(cls)) return { process: 0.95, because: 'its constructor gives everybody the one instance' };
    const sites = phases.newSites.get(cls) ?? [];
    const atLoad = sites.find(({ fn }) => isLoad(fn));
    if (atLoad) {
      const where = `${atLoad.fn.unit.path}:${lineOf(atLoad.call)}`;
      const because = `an instance is made while the process starts (${where})`;
      // Made for requests, too: perhaps nobody keeps it.
      if (!sites.some(({ fn }) => isRun(fn))) return { process: 0.95, because };
      if (sites.some(({ fn, call }) => fn === fn.unit.module && home(fn.unit, call))) return { process: 0.9, because };
      // One of them is made at the start alone, and handed on.
      if (sites.some(({ fn, call }) => isLoad(fn) && !isRun(fn) && isHandedOn(fn, call)))
        return { process: 0.8, because };
      return { process: sites.some(({ fn, call }) => isLoad(fn) && isKept(fn.unit, call)) ? 0.7 : 0.45, because };
    }
    const keeper = sites.map(keeperOf).find((kept) => kept !== undefined);
    if (keeper) return { process: 0.9, because: keptBy(keeper) };
    if (isRow(cls, values)) return NEVER;
    if (phases.contained.has(cls)) return { process: 0.8, because: 'a container holds one instance of the class' };
    if (depth < 4) {
      for (const sub of subclasses(cls)) {
        const of = instance(sub, depth + 1);
        if (of.process > 0) return of;
      }
    }
    // Others make it, who are not in these files: nobody knows for how long.
    if (sites.length === 0 && cls.unit.exports.size > 0)
      return { process: 0.45, because: 'who makes it is not to be seen here' };
    return NEVER;
  }

  /** `constructor() { if (C.one) return C.one; C.one = this; }` */
  function isOne({ ctor, unit }: Cls): boolean {
    if (!ctor || ctor.returns.length === 0) return false;
    const keptIn = (expr: ts.Expression) =>
      ofExpression(unit, expr).flatMap((h) => (/^(static|variable)$/.test(h.kind) ? [h.key] : []));
    const given = new Set(ctor.returns.flatMap(keptIn));
    return ctor.writes.some(
      ({ op, target, values: [value] }) =>
        op === 'assign' &&
        value !== undefined &&
        bare(value).kind === ts.SyntaxKind.ThisKeyword &&
        keptIn(target).some((key) => given.has(key)),
    );
  }

  /** The variable that keeps what is made at a place as the one there is. */
  function keeperOf({ fn, call }: CallSite): Holder | undefined {
    const kept = home(fn.unit, call);
    return kept && /^(variable|static|global|locals)$/.test(kept.kind) && !isKeptInside(kept, call) ? kept : undefined;
  }

  /** `const one = new C(); table[name] = one;`, `return new C()`: somebody else has it afterwards. */
  function isHandedOn(fn: Fn, call: ts.CallExpression | ts.NewExpression): boolean {
    const kept = home(fn.unit, call);
    if (kept?.kind === 'closure' && kept.sym) return outgoes(fn.unit, fn, kept.sym);
    const up = call.parent;
    return ts.isReturnStatement(up) || (ts.isArrowFunction(up) && up.body === call);
  }

  function subclasses(cls: Cls): Cls[] {
    return derived.filter((c) => parent(c) === cls);
  }
}

const keptBy = (kept: Holder) => `${kept.name} keeps the one instance (${kept.unit.path}:${lineOf(kept.decl)})`;

/** `table.x = new C()` is content of the table, and told there; `x = new C()` is the one instance. */
function isKeptInside(kept: Holder, call: ts.Node): boolean {
  let at = call.parent;
  while (at && !ts.isBinaryExpression(at) && !ts.isVariableDeclaration(at) && !ts.isStatement(at)) at = at.parent;
  return (
    kept.kind === 'variable' &&
    at !== undefined &&
    ts.isBinaryExpression(at) &&
    member(bare(at.left)) !== undefined &&
    !kept.name.startsWith('exports') &&
    kept.name !== 'module.exports'
  );
}

const isExecutor = ({ node }: Fn) =>
  node.parent !== undefined && ts.isNewExpression(node.parent) && node.parent.expression.getText() === 'Promise';
