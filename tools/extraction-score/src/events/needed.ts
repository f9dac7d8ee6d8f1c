import { type CrossCall, waits } from '../evidence/calls.ts';
import type { Facts } from '../evidence/facts.ts';
import type { NeededEvent, Proof } from '../model.ts';
import { eventOf, noun } from './names.ts';

/** The events that would have to be published so that the module can live by itself, each with the code it takes the place of. */
export function neededEvents(name: string, facts: Facts): NeededEvent[] {
  const found: NeededEvent[] = [];
  const own = (call: CrossCall): Proof => ({ file: call.file, line: call.line, text: call.text, says: '' });
  for (const { event, from, to, proof } of facts.bus) {
    if (from === name || to === name)
      found.push({ event, from, to, instead: { ...proof, says: 'the same event, over a queue' } });
  }
  for (const call of facts.calls) {
    if (call.inTransaction) {
      if (call.to === name || call.from === name)
        found.push({
          event: eventOf(call),
          from: call.from,
          to: call.to,
          instead: { ...own(call), says: 'a step of one transaction: a saga, with its undoing' },
        });
      continue;
    }
    if (call.to === name && !waits(call))
      found.push({
        event: eventOf(call),
        from: call.from,
        to: name,
        instead: { ...own(call), says: 'a call nobody waits for' },
      });
    if (call.from === name && !waits(call))
      found.push({
        event: eventOf(call),
        from: name,
        to: call.to,
        instead: { ...own(call), says: 'a call nobody waits for' },
      });
    if (call.to === name && waits(call))
      found.push({
        event: `${noun(name)}.changed`,
        from: name,
        to: call.from,
        instead: { ...own(call), says: `${call.from} keeps what it asks for, or asks over HTTP` },
      });
    if (call.from === name && waits(call))
      found.push({
        event: `${noun(call.to)}.changed`,
        from: call.to,
        to: name,
        instead: { ...own(call), says: `${name} keeps what it asks for, or asks over HTTP` },
      });
  }
  for (const table of facts.tables) {
    for (const access of table.accesses) {
      if (access.module === table.owner || (access.module !== name && table.owner !== name)) continue;
      const proof = { file: access.file, line: access.line, text: access.text };
      const about = noun(table.name.toLowerCase().replace(/[^a-z0-9]+/g, '-'));
      if (access.mode === 'read')
        found.push({
          event: `${about}.changed`,
          from: table.owner,
          to: access.module,
          instead: { ...proof, says: `${access.module} keeps its own copy of ${table.name}` },
        });
      else
        found.push({
          event: `${about}.change_requested`,
          from: access.module,
          to: table.owner,
          instead: { ...proof, says: `${table.owner} alone writes ${table.name}` },
        });
    }
  }
  const distinct = new Map(found.map((e) => [`${e.event}\0${e.from}\0${e.to}`, e] as const).reverse());
  return [...distinct.values()].sort((a, b) => order(a, name) - order(b, name) || (a.event < b.event ? -1 : 1));
}

const order = (event: NeededEvent, name: string) => (event.to === name ? 0 : 1);
