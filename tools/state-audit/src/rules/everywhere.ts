import ts from 'typescript';
import type { Fn, Write } from '../engine/model.ts';
import type { Program } from '../engine/program.ts';
import { bare, member } from '../engine/syntax.ts';
import { isWithin } from '../engine/within.ts';

/** Whether all that changes it while serving is what every replica reads again alike. */
export function isSameEverywhere(program: Program, writes: readonly Write[]): boolean {
  return isToldByFiles(program, writes) || writes.every((w) => isReadAgain(program, w));
}

const RELOADS = /^(SIGHUP|re-?(load|config\w*)|(config(uration)?|settings)[-_:. ]?(change|reload|update|load)\w*)$/i;

/** `config.on('reload', () => { certificates = read(); })`: called there and then, not by what is set going there. */
function isReadAgain(program: Program, { fn, op, how }: Write): boolean {
  if (op === 'update' || (op === 'assign' && how !== '=')) return false;
  const route = program.phases.pathTo(fn);
  if (route?.entry.kind !== 'event' || !ts.isCallExpression(route.entry.node)) return false;
  const [event] = route.entry.node.arguments;
  if (!event || !ts.isStringLiteralLike(event) || !RELOADS.test(event.text)) return false;
  return route.path.every((to, i) => {
    const from = route.path[i - 1];
    if (from === undefined || (isWithin(to, from) && ts.isCallExpression(to.node.parent))) return true;
    return (program.phases.callers.get(to) ?? []).some((site) => isWithin(site.fn, from));
  });
}

/** `subscriber.on('message', …)` of a client of a package: every replica hears it. */
export function isToldToAll(program: Program, fn: Fn): boolean {
  const entry = program.phases.pathTo(fn)?.entry;
  if (entry?.kind !== 'consumer' || !ts.isCallExpression(entry.node)) return false;
  const at = member(bare(entry.node.expression));
  const made = at && program.values.of(entry.fn.unit, at.object);
  return at?.name === 'on' && (made?.some((v) => v.t === 'ext' && /redis|nats|mqtt|^pg/.test(v.module)) ?? false);
}

const WATCHERS = /^(chokidar|gaze|sane|node-watch|watchpack|@parcel\/watcher)$/;

/** Whether all that changes it while serving is that files changed, which every replica sees that has the same files. */
function isToldByFiles(program: Program, writes: readonly Write[]): boolean {
  return writes.every((w) => {
    const entry = program.phases.pathTo(w.fn)?.entry;
    if (!entry || !ts.isCallExpression(entry.node)) return false;
    const callee = bare(entry.node.expression);
    const { unit } = entry.fn;
    const on = member(callee)?.object;
    return (
      (on !== undefined && program.values.of(unit, on).some((v) => v.t === 'ext' && WATCHERS.test(v.module))) ||
      program.values.of(unit, callee).some((v) => v.t === 'ext' && v.module === 'fs' && /^watch(File)?$/.test(v.path))
    );
  });
}
