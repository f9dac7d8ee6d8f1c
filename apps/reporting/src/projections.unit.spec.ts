import { type EventKey, topology } from '@atlas/event-contracts';
import { leakCheck } from '@atlas/testing';
import { projections } from './projections.ts';

const eventOf = (key: string) => key.slice(0, key.lastIndexOf('.'));

/** Projections that hear one major of an event and not another one that comes to this service, by name and version. */
const missingMajors = (heard: readonly EventKey[]): string[] =>
  projections.flatMap(({ name, version, events }) => {
    const known = new Set(events.map(eventOf));
    const missing = heard.filter((key) => known.has(eventOf(key)) && !events.includes(key));
    return missing.map((key) => `${name} ${version} does not hear ${key}`);
  });

// A fact that comes in two majors is in the journal once, in the one that came first: a build that does not hear that one would lack it.
test('each projection hears every major in which an event comes', () => {
  const heard: readonly EventKey[] = topology.consumers.reporting;
  expect(missingMajors(heard)).toEqual([]);
  expect(missingMajors([...heard, 'charge.succeeded.v2'])).toEqual(
    expect.arrayContaining(['charges-daily 1 does not hear charge.succeeded.v2']),
  );
});

leakCheck();
