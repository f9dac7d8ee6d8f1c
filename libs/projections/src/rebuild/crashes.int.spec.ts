import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import {
  openRebuildWorld,
  order,
  type OrderCompleted,
  type Process,
  type RebuildWorld,
  sales,
  seenLive,
} from './rebuild-world.fixture.ts';

let world: RebuildWorld;
beforeAll(async () => {
  world = await openRebuildWorld();
});
afterAll(() => world.close());

/** A second takes ten milliseconds, for those who wait for two of them. */
const quickly = () => performance.now() * 100;
const timing = { unawareMs: 2_500, saveMs: 3, abandonedMs: 8_000 };

class Killed extends Error {}

/** Dies at the n-th step that it comes to. Whatever a transaction has written by then is written. */
function dyingAt(n: number) {
  let steps = 0;
  return {
    probe: () => {
      steps += 1;
      // Not one more step is taken after the first that kills: a dead process does nothing.
      if (steps >= n) throw new Killed();
    },
    survived: () => steps < n,
  };
}

const scenario = fc.record({
  history: fc.integer({ min: 0, max: 120 }),
  traffic: fc.array(fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 12 }), {
    maxLength: 15,
  }),
  kills: fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 })),
  doubled: fc.boolean(),
});

it('killed twice at any step amid traffic: what is live afterwards is what the events come to, and nobody ever reads less', async () => {
  let deaths = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ history, traffic, kills, doubled }) => {
      const prefix = await world.newPlace();
      const versions = doubled ? [sales(1), sales(2, (cents) => cents * 2 - 3_000)] : [sales(1)];
      const first = world.process(prefix, [sales(1)], { now: quickly });
      const past = Array.from({ length: history }, (_, index) => order(index));
      await first.writer.apply([...past, order(1)]);
      // Two replicas of the new code: neither is told of the build.
      const replicas = [1, 2].map(() => world.process(prefix, versions, { now: quickly }));
      const sums = { cents: past.reduce((sum, { payload }) => sum + payload.total_cents!, 1), orders: history + 1 };

      const live = trafficOf(replicas, traffic, sums);
      for (const kill of kills) {
        const { probe, survived } = dyingAt(kill);
        const operator = world.process(prefix, versions, { now: quickly, timing, probe });
        await operator.rebuilds.rebuild('sales').catch((error: unknown) => {
          if (survived()) throw error;
          deaths += 1;
        });
      }
      const last = world.process(prefix, versions, { now: quickly, timing });
      const { build } = await last.rebuilds.rebuild('sales');
      await live;

      const gross = build.startsWith('sales@2') ? sums.cents * 2 - 3_000 * sums.orders : sums.cents;
      const expected = { gross_cents: BigInt(gross), orders: BigInt(sums.orders) };
      expect((await last.control.read())!.projections['sales']!.live).toBe(build);
      expect(await seenLive(last)).toEqual({ '2026-11-22 EUR': expected });
      expect(await seenLive(last, undefined)).toEqual({ '2026-11-22 EUR': expected });
      expect(await last.verify(build)).toMatchObject({ events: sums.orders, wrong: [], moving: 0, uncounted: [] });
    }),
    { numRuns: 5 },
  );
  expect(deaths).toBeGreaterThan(2);
});

/** Sends batches, some of them twice, and after each reads: everything that was acknowledged must be there, in whichever build answers. */
async function trafficOf(
  replicas: Process[],
  traffic: number[][],
  sums: { cents: number; orders: number },
): Promise<void> {
  const sent: OrderCompleted[] = [];
  for (const [index, batch] of traffic.entries()) {
    const events = batch.map((cents) => order(cents));
    const replica = replicas[index % replicas.length]!;
    const copies = index % 3 === 0 ? sent.slice(-5) : [];
    const { failed } = await replica.writer.apply([...events, ...copies]);
    expect(failed).toEqual([]);
    sent.push(...events);
    sums.orders += events.length;
    sums.cents += batch.reduce((sum, cents) => sum + cents, 0);
    const rows = await seenLive(replicas[(index + 1) % replicas.length]!);
    expect(rows['2026-11-22 EUR']!['orders']).toBe(BigInt(sums.orders));
  }
}

leakCheck();
