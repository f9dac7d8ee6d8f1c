import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import { order } from '../projections.fixture.ts';
import { journalKey } from '../journal-entry.ts';
import { addTo } from '../rows/row-adds.ts';
import { type Pack, pack } from './pack.ts';
import { actionsOf } from './transaction.ts';
import type { EventWork, InJournal } from './work.ts';

const envelope = order([]);
const piece = (mark: string, rows: readonly (readonly [number, number])[]) => ({
  ...{ mark, tableName: 'rows', shards: 4 },
  rows: [...new Map(rows)].map(([row, attributes]) => ({
    ...{ pk: `TENANT#${row % 3}`, sk: String(row) },
    // Pieces of one event that share a row add to other attributes of it, as packed ones do.
    add: new Map(Array.from({ length: attributes }, (_, n) => [`${mark}-${n}`, BigInt(row + n)])),
  })),
});
const rowsArbitrary = fc.array(fc.tuple(fc.nat(120), fc.constantFrom(1, 2, 3, 150)), { maxLength: 48, minLength: 1 });
const works = fc
  .array(fc.tuple(fc.array(rowsArbitrary, { maxLength: 5 }), fc.constantFrom(10, 1_000, 250_000)), { maxLength: 60 })
  .map((events) =>
    events.map(([pieces, bytes], index): EventWork => {
      const id = `event-${index}`;
      return {
        ...{ key: journalKey({ tenant_id: 't', id }), eventKey: 'order.completed.v1', envelope: { ...envelope, id } },
        ...{ stored: new Uint8Array(bytes), inJournal: 'new', pieces: pieces.map((rows, n) => piece(`m${n}`, rows)) },
      };
    }),
  );

const inJournal = fc.constantFrom<InJournal>('new', 'new', 'there');

/** Everything that is to be written, in the order in which it may be: what is left of large events after they are in the journal. */
function packAll(works: readonly EventWork[]): Pack[][] {
  const { packs, later } = pack(works);
  return later.length === 0 ? [packs] : [packs, ...packAll(later)];
}

it('puts every piece of every event into exactly one transaction that DynamoDB takes, and adds up what it must', () => {
  fc.assert(
    fc.property(works, fc.array(inJournal, { minLength: 1 }), (made, how) => {
      const all = made.map((work, index) => ({ ...work, inJournal: how[index % how.length]! }));
      const rounds = packAll(all);
      const packs = rounds.flat();
      const placed = packs.flatMap(({ events }) =>
        events.flatMap(({ envelope: { id }, pieces }) => pieces.map(({ mark }) => `${id} ${mark}`)),
      );
      const wanted = all.flatMap(({ envelope: { id }, pieces }) => pieces.map(({ mark }) => `${id} ${mark}`));
      expect(placed.toSorted()).toEqual(wanted.toSorted());
      // What is not in the journal is put there once, in the first round, with or without pieces.
      const put = (round: readonly Pack[]) =>
        round.flatMap(({ events }) => events.flatMap((event) => (event.inJournal === 'new' ? event.envelope.id : [])));
      const unknown = all.flatMap((work) => (work.inJournal === 'new' ? work.envelope.id : []));
      expect(put(rounds[0]!).sort()).toEqual(unknown.sort());
      expect(put(rounds.slice(1).flat())).toEqual([]);
      // In the same round there is no other piece of it, which could be counted although it is not there.
      for (const id of unknown) {
        const uses = rounds[0]!.flatMap(({ events }) => events.filter(({ envelope }) => envelope.id === id));
        expect(uses).toHaveLength(1);
      }
      const [sums, expected] = [new Map<string, bigint>(), new Map<string, bigint>()];
      for (const one of packs) {
        const { events, rows } = one;
        expect(actionsOf(one, { journal: 'j', marks: 'm', turn: 0 }).length).toBeLessThanOrEqual(100);
        expect(events.reduce((bytes, { stored }) => bytes + stored.length, 0)).toBeLessThan(4_000_000);
        for (const { pk, sk, add } of rows.values()) {
          expect(add.size).toBeLessThanOrEqual(200);
          for (const [name, amount] of add) addTo(sums, `${pk} ${sk} ${name}`, amount);
        }
      }
      for (const { rows } of all.flatMap(({ pieces }) => pieces)) {
        for (const { pk, sk, add } of rows)
          for (const [name, amount] of add) addTo(expected, `${pk} ${sk} ${name}`, amount);
      }
      expect([...sums].sort()).toEqual([...expected].sort());
    }),
    { numRuns: 25 },
  );
});

it('leaves out nothing: what fits no transaction is one of its own, which DynamoDB refuses', () => {
  const wide = Array.from({ length: 120 }, (_, row) => [row, 1] as const);
  const work = (id: string, bytes: number, pieces: EventWork['pieces']): EventWork => ({
    ...{ key: journalKey({ tenant_id: 't', id }), eventKey: 'order.completed.v1', envelope: { ...envelope, id } },
    ...{ stored: new Uint8Array(bytes), inJournal: 'new', pieces },
  });
  const small = piece('small', [[1, 1]]);
  const rounds = packAll([
    work('wide', 2, [piece('wide', wide), small]),
    work('long', 3_500_000, []),
    work('ok', 2, [small]),
  ]);
  const marks = rounds.map((packs) =>
    packs.flatMap(({ events }) =>
      events.map((event) => `${event.envelope.id}: ${event.pieces.map(({ mark }) => mark).join()}`),
    ),
  );
  expect(marks.map((round) => round.sort())).toEqual([
    ['long: ', 'ok: small', 'wide: '],
    ['wide: small', 'wide: wide'],
  ]);
  expect(rounds[1]!.filter(({ events }) => events[0]!.pieces[0]?.mark === 'wide')).toHaveLength(1);
});

it('needs one transaction for ninety orders of a day, and writes their row once', () => {
  const ninety = Array.from({ length: 90 }, (_, index): EventWork => {
    const id = `event-${index}`;
    return {
      ...{ key: journalKey({ tenant_id: 't', id }), eventKey: 'order.completed.v1', envelope: { ...envelope, id } },
      ...{ stored: new Uint8Array(2), inJournal: 'new', pieces: [piece('m', [[index % 3, 2]])] },
    };
  });
  expect(pack(ninety).packs.map(({ events, rows }) => [events.length, rows.size])).toEqual([[90, 3]]);
});

leakCheck();
