import ts from 'typescript';
import type { Holder } from '../engine/holders.ts';
import type { Unit, Write } from '../engine/model.ts';
import type { EntryKind } from '../engine/phases.ts';
import { isInitName } from '../engine/phases.ts';
import type { Program } from '../engine/program.ts';
import { bare } from '../engine/syntax.ts';
import type { Kind } from '../kinds.ts';
import { isSameEverywhere } from './everywhere.ts';
import type { Facts, Shape } from './facts.ts';

/**
 * How sure a write is that is known to be reached in some way, against one in a request: measured over what was read in real
 * servers, see docs/state-audit.md.
 */
const PROOF: Readonly<Record<EntryKind, number>> = {
  request: 1,
  consumer: 0.95,
  timer: 0.93,
  callback: 0.93,
  event: 0.85,
  public: 0.81,
};
const ORDER: readonly EntryKind[] = ['request', 'consumer', 'timer', 'callback', 'event', 'public'];

/** The more functions are between, the likelier one of them is not what it was taken for. */
const NEAR = 3;
const FAR = 5;

/** How sure it is that a place changes while the server runs, by what reaches the writes: a factor of at most 1. */
export function ofProof(program: Program, holder: Holder, writes: readonly Write[]): number {
  const routes = writes.map((w) => program.phases.pathTo(w.fn)).filter((p) => p !== undefined);
  const best = ORDER.find((kind) => routes.some(({ entry }) => entry.kind === kind)) ?? 'public';
  let factor = PROOF[best];
  if (best === 'public') {
    if (routes.every((p) => isInitName(program.names.ofFn(p.entry.fn)))) factor *= 0.4;
    if (/^reset/.test(writes.map((w) => program.names.ofFn(w.fn)).join('|'))) factor *= 0.5;
    // Nobody known asks for it while serving: how a program sets itself up.
    if (holder.kind === 'environment') factor *= 0.6;
  } else {
    const steps = Math.min(...routes.filter((p) => p.entry.kind === best).map((p) => p.path.length));
    factor *= steps <= NEAR ? 1 : steps <= FAR ? 0.95 : 0.85;
  }
  // One value that no request sets is as often a setting or a step of the start.
  if (best !== 'request' && holder.kind === 'variable' && writes.every((w) => ts.isIdentifier(bare(w.target))))
    factor *= 0.9;
  if (isSameEverywhere(program, writes)) factor *= 0.5;
  // What a parent of worker processes knows about its children is its own.
  if (isSupervisor(program, holder.unit)) factor *= 0.5;
  return factor;
}

/** What only state has: it was fetched, made up, gets old, is counted or under way. */
const OF_STATE: readonly Shape[] = [
  ...(['fetched', 'time', 'window', 'random-key', 'random-value', 'random-choice'] as const),
  ...(['counted', 'counted-by-key', 'failures', 'promise', 'toggled', 'first-time', 'connection'] as const),
];
/** What a place is called where nothing else speaks for it. */
const UNSPECIFIC: readonly Kind[] = ['cache', 'counter', 'client-pool', 'event-bus', 'queue'];

/**
 * The same by what is kept: clients and single values are often no state, and neither is what nobody known fills with anything
 * of the kind, in a server whose callers are known: in a package of parts nobody can be seen to call.
 */
export function ofKind(
  program: Program,
): (kind: Kind, facts: Facts, holder: Holder, writes: readonly Write[]) => number {
  const isServer = isMostlyReached(program);
  return (kind, { shape }, holder, writes) => {
    const isOpen = writes.every((w) => (program.phases.pathTo(w.fn)?.entry.kind ?? 'public') === 'public');
    const isState = OF_STATE.some((one) => shape.has(one));
    // The table of an object is filled by whoever has the object, more often than that of a module.
    if (isOpen && isServer && UNSPECIFIC.includes(kind) && !isState)
      return holder.kind === 'field' && shape.has('map') ? 0.75 : 0.6;
    if (kind === 'client-pool') return isOpen ? 1 : 0.75;
    if (kind === 'counter' && !isState) return isOpen ? 1 : 0.85;
    return 1;
  };
}

/** Whether of most functions that run one can see who asks for them. Else this is a package, or its routes are not found. */
function isMostlyReached(program: Program): boolean {
  const running = program.units.flatMap((unit) => unit.functions.filter((fn) => program.phases.isRun(fn)));
  const open = running.filter((fn) => (program.phases.pathTo(fn)?.entry.kind ?? 'public') === 'public');
  return open.length * 2 < running.length;
}

/** A file that starts processes and answers no requests. */
function isSupervisor(program: Program, unit: Unit): boolean {
  const forks = unit.functions.some((fn) =>
    fn.calls.some((call) => /(^|\.)(fork|setupMaster|setupPrimary)$/.test(program.names.text(unit, call.expression))),
  );
  return (
    forks &&
    [...unit.imports].some((name) => /^(node:)?(child_process|cluster)$/.test(name)) &&
    ![...unit.imports].some((name) => /^(express|koa|fastify)$/.test(name))
  );
}
