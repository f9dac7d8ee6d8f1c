import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import { declarationsOf } from '../declarations.ts';
import { charge, charges, folded, order, packedSkus, revenue, skus } from '../projections.fixture.ts';
import type { Fate } from './model.fixture.ts';
import { playStory, type Story } from './story.fixture.ts';

const declarations = declarationsOf([revenue, skus, packedSkus, charges]);
const rebuilt = ['revenue', 'charges'];

const line = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 3 }), fc.nat(500));
const told = fc.record({ tenant: fc.constantFrom('t1', 't2'), day: fc.constantFrom('2026-11-21', '2026-11-22') });
const event = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.array(line, { maxLength: 3 }), told).map(([lines, rest]) => order(lines, rest)) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer({ min: 90, max: 130 }), told).map(([count, rest]) =>
      order(
        Array.from({ length: count }, (_, n) => [`s${n}`, 1, n] as const),
        rest,
      ),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(900), told, fc.boolean())
      .map(([cents, rest, reversed]) => charge(cents, { ...rest, reversed })),
  },
);
const story: fc.Arbitrary<Story> = fc.record({
  declarations: fc.constant(declarations),
  rebuilt: fc.constant(rebuilt),
  events: fc.array(event, { minLength: 1, maxLength: 14 }),
  copies: fc.array(fc.nat(), { maxLength: 10 }),
  replicas: fc.integer({ min: 1, max: 4 }),
  batch: fc.integer({ min: 1, max: 8 }),
  momentMs: fc.constantFrom(20, 100, 400, 1_500),
  fates: fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant<Fate>('done') },
      { weight: 3, arbitrary: fc.constantFrom<Fate>('answer-lost', 'away', 'never-sent', 'never-answered') },
    ),
    { minLength: 1, maxLength: 12 },
  ),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
});

it('counts every event once in what is live and in what is begun meanwhile, whoever dies, conflicts, or knows too little', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      const end = await playStory(told);
      for (const build of ['revenue@1.1', 'revenue@1.2', 'skus@1.1', 'packed-skus@1.1', 'charges@1.1', 'charges@1.2']) {
        const projection = declarations.ofBuild(build);
        expect([...end.stored(build)].sort()).toEqual([...folded(told.events, projection)].sort());
      }
    }),
    // As many as a quiet machine plays in some seconds; a busy one plays fewer.
    { numRuns: 500, interruptAfterTimeLimit: 8_000 },
  );
}, 120_000);

leakCheck();
