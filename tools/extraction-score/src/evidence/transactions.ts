import { type Fn, lineOf, member, type Program, textOf, bare } from '@atlas/state-audit/engine';
import type { Proof } from '../model.ts';
import type { TableAccess } from './tables.ts';

/** A transaction that would be spread over services. */
export interface SharedTransaction {
  readonly modules: readonly string[];
  readonly proof: Proof;
}

const OPENS =
  /^(transaction|\$transaction|withTransaction|inTransaction|startTransaction|runInTransaction|transacting|beginTransaction|useTransaction|tx|createTransaction|performTransaction)$/;
const DEPTH = 3;

/** Finds transactions whose writes belong to more than one module; `ownerOf` says whose table it is. */
export function readTransactions(
  program: Program,
  accesses: readonly TableAccess[],
  moduleOf: (file: string) => string | undefined,
  ownerOf: (table: string) => string | undefined,
): SharedTransaction[] {
  const byFn = new Map<Fn, TableAccess[]>();
  for (const access of accesses) byFn.set(access.fn, [...(byFn.get(access.fn) ?? []), access]);
  const found: SharedTransaction[] = [];
  for (const unit of program.units) {
    const home = moduleOf(unit.path);
    if (home === undefined) continue;
    for (const fn of unit.functions) {
      const opening = fn.calls.find((call) => opens(call.expression.getText(), call));
      if (!opening) continue;
      const bodies = bodiesOf(program, fn, opening);
      const modules = new Map<string, string>();
      for (const body of bodies) {
        for (const access of byFn.get(body) ?? []) {
          if (access.mode !== 'write') continue;
          const owner = ownerOf(access.table) ?? moduleOf(access.file);
          if (owner !== undefined && !modules.has(owner)) modules.set(owner, access.table);
        }
      }
      if (modules.size < 2) continue;
      const parts = [...modules].map(([name, table]) => `${table} of ${name}`).join(', ');
      found.push({
        modules: [...new Set([...modules.keys(), home])].sort(),
        proof: {
          file: unit.path,
          line: lineOf(opening),
          text: textOf(opening, 60),
          says: `one transaction writes ${parts}`,
        },
      });
    }
  }
  return found;
}

function opens(callee: string, call: { arguments?: readonly unknown[] | undefined }): boolean {
  const name = callee.split('.').at(-1) ?? '';
  if (OPENS.test(name)) return true;
  const [first] = (call.arguments ?? []) as { getText(): string }[];
  return (
    /^(query|execute|run|exec|raw|none)$/.test(name) &&
    first !== undefined &&
    /^['"`]\s*(begin|start transaction)\b/i.test(first.getText())
  );
}

/** The functions that run inside: callbacks of the opening call, or its whole function, and what they call. */
function bodiesOf(program: Program, fn: Fn, opening: Fn['calls'][number]): Set<Fn> {
  const nested = fn.unit.functions.filter((one) => isWithin(one, fn) && one !== fn && contains(opening, one.node));
  const queue: [Fn, number][] = (nested.length > 0 ? nested : [fn]).map((one) => [one, 0]);
  const seen = new Set<Fn>();
  for (let next = queue.pop(); next; next = queue.pop()) {
    const [at, depth] = next;
    if (seen.has(at)) continue;
    seen.add(at);
    if (depth >= DEPTH) continue;
    for (const inner of at.unit.functions) if (inner.parent === at) queue.push([inner, depth]);
    for (const call of at.calls) {
      if (member(bare(call.expression))?.name === 'commit') continue;
      for (const value of program.phases.callees.get(call) ?? [])
        if (value.t === 'fn') queue.push([value.fn, depth + 1]);
    }
  }
  return seen;
}

const contains = (outer: { pos: number; end: number }, inner: { pos: number; end: number }) =>
  inner.pos >= outer.pos && inner.end <= outer.end;

function isWithin(fn: Fn, outer: Fn): boolean {
  for (let at: Fn | undefined = fn; at; at = at.parent) if (at === outer) return true;
  return false;
}
