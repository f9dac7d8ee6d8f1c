import type { Envelope } from '@atlas/event-contracts';
import { leakCheck } from '@atlas/testing';
import {
  allProjections,
  charge,
  createProjectionWorld,
  folded,
  order,
  type ProjectionWorld,
} from '../projections.fixture.ts';

let world: ProjectionWorld;
beforeAll(async () => {
  world = await createProjectionWorld();
});
afterAll(() => world.close());

const batchOf = (tenant: string): Envelope[] => [
  ...Array.from({ length: 12 }, (_, n) => order([[`sku-${n % 3}`, 1, 100 + n]], { tenant })),
  order(
    Array.from({ length: 150 }, (_, n) => [`sku-${n}`, 1, 10] as const),
    { tenant },
  ),
  charge(900, { tenant }),
];

const steps = ['projection.before-commit', 'projection.after-commit', 'projection.progress'];
const deaths = steps.flatMap((step) => [1, 2, 3].map((nth) => ({ step, nth })));

it.each(deaths)('a process that dies at $step #$nth loses nothing and counts nothing twice', async ({ step, nth }) => {
  const tenant = `tenant-${step}-${nth}`;
  const events = batchOf(tenant);
  let seen = 0;
  const { promise: dead, resolve: die } = Promise.withResolvers<'dead'>();
  const dying = world.process({
    probe: (at) => {
      if (at !== step || (seen += 1) < nth) return undefined;
      die('dead');
      // Not one more line of it may run.
      return new Promise(() => {});
    },
  });
  const ended = await Promise.race([dead, dying.writer.apply(events)]);
  // A batch has a progress step once, so that only the first of these kills.
  if (step !== 'projection.progress' || nth === 1) expect(ended).toBe('dead');
  // Its messages were not deleted, so that they come again, to whoever is there.
  expect((await world.process().writer.apply(events.toReversed())).failed).toEqual([]);
  for (const projection of allProjections) {
    const own = [...folded(events, projection)].filter(([name]) => !name.startsWith('["*"'));
    const stored = await world.stored({ ...projection, everyone: false }, [tenant]);
    expect([...stored].sort()).toEqual(own.sort());
  }
  const newest = (await world.process().progress.read()).get('revenue@1.1')!.newestEventAt;
  const orders = events.filter(({ event }) => event === 'order.completed').map(({ timestamp }) => timestamp);
  expect(newest >= orders.sort().at(-1)!).toBe(true);
});

leakCheck();
