import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { Envelope } from '@atlas/event-contracts';
import { isUnreachable } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import {
  allProjections,
  charge,
  charges,
  createProjectionWorld,
  folded,
  interceptSends,
  order,
  type ProjectionWorld,
  revenue,
} from '../projections.fixture.ts';

let world: ProjectionWorld;

beforeAll(async () => {
  world = await createProjectionWorld();
});
afterAll(() => world.close());

/** What a store does to somebody who writes to it; none of it may change a sum. */
type Trouble = 'none' | 'answer-lost' | 'conflict' | 'throttled' | 'away';
const troubles = fc.constantFrom<Trouble>('none', 'none', 'none', 'answer-lost', 'conflict', 'throttled', 'away');

const cancelled = (Code: string) =>
  new TransactionCanceledException({
    message: `cancelled [${Code}]`,
    $metadata: {},
    CancellationReasons: [{ Code: 'None' }, { Code }],
  });
const away = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

const tenants = ['tenant-1', 'tenant-2'];
const sku = fc.oneof(fc.constantFrom('a', 'b', 'c#1', '%23', 'ü', '\ud800'), fc.stringMatching(/^[a-z]{1,3}$/));
const line = fc.tuple(sku, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 900_000 }));
const told = fc.record({
  tenant: fc.constantFrom(...tenants),
  day: fc.constantFrom('2026-11-20', '2026-11-22', '2024-02-29'),
});
const event: fc.Arbitrary<Envelope> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.array(line, { maxLength: 6 }), told).map(([lines, rest]) => order(lines, rest)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.array(line, { minLength: 40, maxLength: 120 }), told)
      .map(([lines, rest]) => order(lines, rest)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat(10_000), fc.boolean(), told)
      .map(([cents, reversed, rest]) => charge(cents, { ...rest, reversed })),
  },
);

/** Which events each of one to four replicas is handed, batch after batch: with repetitions, in any order, cut anywhere. */
const history = fc.array(event, { minLength: 1, maxLength: 25 }).chain((events) => {
  const deliveries = fc.array(fc.nat(events.length - 1), { maxLength: 20 }).chain((again) =>
    fc.shuffledSubarray(
      [...events.keys(), ...again].map((at, copy) => ({ at, copy })),
      {
        minLength: events.length + again.length,
      },
    ),
  );
  const replicas = fc.integer({ min: 1, max: 4 });
  return fc.tuple(
    fc.constant(events),
    deliveries,
    replicas,
    fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 8, maxLength: 8 }),
    fc.array(troubles, { minLength: 12, maxLength: 12 }),
  );
});

it('holds what a fold over the distinct events holds, whatever was delivered how often, in which order, to how many, through whatever', async () => {
  let run = 0;
  const everything: Envelope[] = [];
  await fc.assert(
    fc.asyncProperty(history, async ([events, deliveries, replicas, sizes, trouble]) => {
      run += 1;
      // Every run has tenants of its own, which is cheaper than tables of its own.
      const own = (one: Envelope): Envelope => ({ ...one, tenant_id: `${one.tenant_id}-${run}` });
      const queue = deliveries.map(({ at }) => own(events[at]!));
      let sent = 0;
      const troubled = interceptSends(world.documents, async (command, answer) => {
        if (command.constructor.name !== 'TransactWriteItemsCommand') return answer();
        const what = trouble[sent++ % trouble.length]!;
        // Turns of different lengths, so that replicas overtake each other.
        for (let turns = sent % 3; turns > 0; turns -= 1) await turn();
        if (what === 'conflict') throw cancelled('TransactionConflict');
        if (what === 'throttled') throw cancelled('ThrottlingError');
        if (what === 'away') throw away();
        const answered = await answer();
        if (what === 'answer-lost') throw away();
        return answered;
      });
      const replica = async () => {
        const { writer } = world.process({ dynamo: troubled });
        for (let batch = 0; queue.length > 0; batch += 1) {
          const handed = queue.splice(0, sizes[batch % sizes.length]);
          const { failed } = await writer.apply(handed);
          for (const { id, error } of failed) {
            // As a consumer does: what met an outage comes again. Anything else would be a defect.
            if (!isUnreachable(error)) throw error;
            queue.push(handed.find((one) => one.id === id)!);
          }
        }
      };
      await Promise.all(Array.from({ length: replicas }, replica));
      everything.push(...events.map(own));
      for (const projection of allProjections) {
        const expected = folded(events.map(own), projection);
        const everyone = [...expected].filter(([name]) => !name.startsWith('["*"'));
        const stored = await world.stored(
          { ...projection, everyone: false },
          tenants.map((tenant) => `${tenant}-${run}`),
        );
        expect([...stored].sort()).toEqual(everyone.sort());
      }
    }),
    { numRuns: 25 },
  );
  const { reader } = world.process();
  for (const projection of [revenue, charges]) {
    const build = `${projection.name}@1.1`;
    const query = { projection: projection.name, build, tenant: undefined, from: '2020-01-01', to: '2030-01-01' };
    const stored = new Map<string, bigint>();
    for await (const { row, measures } of reader.rows(query)) {
      for (const [measure, sum] of Object.entries(measures)) stored.set(JSON.stringify(['*', ...row, measure]), sum);
    }
    const ofAll = [...folded(everything, projection)].filter(([name]) => name.startsWith('["*"'));
    expect([...stored].sort()).toEqual(ofAll.sort());
  }
}, 120_000);

leakCheck();
