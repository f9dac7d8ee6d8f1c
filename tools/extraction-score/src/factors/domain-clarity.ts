import type { Facts } from '../evidence/facts.ts';
import type { Factor, Proof } from '../model.ts';

const COHESION_WEIGHT = 0.6;
/** How many entry points make an interface half as good as none: what one person can keep in mind. */
const HALF_INTERFACE = 7;

/** How much a module is one thing: who imports whom, and how many of its functions others know. 0 to 1. */
export function domainClarity(name: string, facts: Facts): Factor {
  const { partition, imports, calls } = facts;
  const mine = (file: string) => partition.moduleOf(file) === name;
  const inside = imports.filter((e) => mine(e.from) && mine(e.to));
  const crossing = imports.filter((e) => {
    const [from, to] = [partition.moduleOf(e.from), partition.moduleOf(e.to)];
    return from !== to && (from === name || to === name) && from !== undefined && to !== undefined;
  });
  // One is added on both sides: a module of one file that nobody imports is no chaos.
  const cohesion = (inside.length + 1) / (inside.length + 1 + crossing.length);
  const used = new Map<string, Proof & { by: Set<string> }>();
  for (const call of calls) {
    if (call.to !== name) continue;
    const key = `${call.callee.unit.path}#${call.callee.name}`;
    const known = used.get(key) ?? {
      file: call.file,
      line: call.line,
      text: call.text,
      says: '',
      by: new Set<string>(),
    };
    used.set(key, known);
    known.by.add(call.from);
  }
  const interfaceSize = used.size;
  const narrow = 1 / (1 + interfaceSize / HALF_INTERFACE);
  const value = COHESION_WEIGHT * cohesion + (1 - COHESION_WEIGHT) * narrow;
  return {
    value,
    formula: `0.6 x cohesion ${cohesion.toFixed(2)} (${inside.length} imports inside, ${crossing.length} across) + 0.4 x interface ${narrow.toFixed(2)} (${interfaceSize} functions used by others)`,
    proofs: [
      ...[...crossing]
        .sort((a, b) => Number(mine(a.from)) - Number(mine(b.from)))
        .map((e): Proof => ({
          file: e.from,
          line: e.line,
          text: e.text,
          says: mine(e.from) ? `imports ${partition.moduleOf(e.to)}` : `${partition.moduleOf(e.from)} imports it`,
        })),
      ...[...used].map(([key, { by, ...proof }]): Proof => ({
        ...proof,
        says: `${[...by].sort().join(', ')} calls ${key.split('#')[1]}`,
      })),
    ],
  };
}
