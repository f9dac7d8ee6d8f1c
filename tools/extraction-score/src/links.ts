import { waits } from './evidence/calls.ts';
import type { Facts } from './evidence/facts.ts';
import type { Link } from './model.ts';

/** Who depends on whom, in numbers: for the graph. */
export function linksOf(facts: Facts): Link[] {
  const found = new Map<
    string,
    { from: string; to: string; imports: number; calls: number; oneWay: number; tables: Set<string> }
  >();
  const link = (from: string, to: string) => {
    const key = `${from}\0${to}`;
    const known = found.get(key) ?? { from, to, imports: 0, calls: 0, oneWay: 0, tables: new Set<string>() };
    found.set(key, known);
    return known;
  };
  for (const edge of facts.imports) {
    const [from, to] = [facts.partition.moduleOf(edge.from), facts.partition.moduleOf(edge.to)];
    if (from !== undefined && to !== undefined && from !== to) link(from, to).imports += 1;
  }
  for (const call of facts.calls) {
    const one = link(call.from, call.to);
    one.calls += 1;
    if (!waits(call)) one.oneWay += 1;
  }
  for (const table of facts.tables) {
    for (const { module } of table.accesses)
      if (module !== table.owner) link(module, table.owner).tables.add(table.name);
  }
  return [...found.values()]
    .map((one) => ({ ...one, tables: [...one.tables].sort() }))
    .sort((a, b) => (`${a.from}\0${a.to}` < `${b.from}\0${b.to}` ? -1 : 1));
}
