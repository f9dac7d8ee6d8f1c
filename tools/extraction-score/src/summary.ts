import { waits } from './evidence/calls.ts';
import type { Facts } from './evidence/facts.ts';
import { sharedTable } from './factors/coupling.ts';

/** What a person would say about the module, in a few sentences. */
export function summarise(name: string, facts: Facts): string[] {
  const incoming = facts.calls.filter((c) => c.to === name);
  const outgoing = facts.calls.filter((c) => c.from === name && waits(c));
  const later = incoming.filter((c) => !waits(c)).length;
  const said: string[] = [];
  if (incoming.length === 0) said.push('No other module calls it.');
  else if (later === incoming.length) said.push(`None of the ${incoming.length} calls to it needs its answer.`);
  else said.push(`${incoming.length - later} of the ${incoming.length} calls to it need its answer.`);
  if (outgoing.length > 0)
    said.push(`It needs answers from ${list(outgoing.map((c) => c.to))} (${outgoing.length} calls).`);
  const tables = facts.tables.filter((t) => sharedTable(name, t));
  if (tables.length > 0)
    said.push(`It shares ${tables.length === 1 ? 'the table' : 'the tables'} ${list(tables.map((t) => t.name))}.`);
  else if (facts.tables.some((t) => t.owner === name))
    said.push('Nobody else changes its tables, and it changes nobody else’s.');
  const transactions = facts.transactions.filter((t) => t.modules.includes(name));
  if (transactions.length > 0)
    said.push(
      `${transactions.length === 1 ? 'One transaction spans' : `${transactions.length} transactions span`} ${list(transactions.flatMap((t) => t.modules))}.`,
    );
  return said;
}

function list(names: readonly string[]): string {
  const distinct = [...new Set(names)].sort();
  if (distinct.length > 5) return `${distinct.slice(0, 4).join(', ')} and ${distinct.length - 4} more`;
  return distinct.length > 1 ? `${distinct.slice(0, -1).join(', ')} and ${distinct.at(-1)}` : (distinct[0] ?? '');
}
