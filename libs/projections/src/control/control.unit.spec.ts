import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import {
  type Build,
  buildName,
  buildsToApply,
  cancel,
  type Control,
  declareAll,
  type Declared,
  type Decision,
  discard,
  forget,
  parseBuild,
  registerRebuild,
  registerRollback,
  retire,
  switchTo,
  unknownBuilds,
} from './control.domain.ts';

const declared: Declared[] = [
  { name: 'revenue', version: 1 },
  { name: 'revenue', version: 2 },
  { name: 'skus', version: 1 },
];
const first = [{ name: 'revenue', version: 1 }];

const registrationOf = ({ projections }: Control, build: Build): number =>
  Object.values(projections).find(({ building }) => building === build)?.registration ?? 0;
type Step = (control: Control) => Decision;
/** The state that follows; a refusal is thrown. */
const decided = (decision: Decision, before?: Control): Control => {
  if (decision === 'unchanged') return before!;
  if ('refusal' in decision) throw new Refused(decision.refusal);
  return decision.control;
};
class Refused extends Error {}
const after = (...steps: Step[]): Control =>
  steps.reduce((state, step) => counted(decided(step(state), state)), counted(decided(declareAll(undefined, first))));
/** As the store does with every change. */
const counted = (state: Control): Control => ({ ...state, version: state.version + 1 });
const revenue = (state: Control) => state.projections['revenue']!;
const rebuild: Step = (state) => registerRebuild(state, 'revenue', 2);
const done =
  (build: Build): Step =>
  (state) =>
    switchTo(state, build, registrationOf(state, build));
const rollback: Step = (state) => registerRollback(state, 'revenue', declared);

describe('declaring', () => {
  it('makes everything live where nobody ever consumed, in the newest version', () => {
    const state = decided(declareAll(undefined, declared));
    expect(state.projections).toEqual({
      revenue: { live: 'revenue@2.1', discarded: [], highest: { 2: 1 } },
      skus: { live: 'skus@1.1', discarded: [], highest: { 1: 1 } },
    });
  });

  it('lets a projection be built that has missed its past, and leaves a newer version to whoever asks for it', () => {
    const state = decided(declareAll(after(), declared));
    expect(state.projections['skus']).toEqual({
      building: 'skus@1.1',
      registration: 2,
      discarded: [],
      highest: { 1: 1 },
    });
    expect(revenue(state).live).toBe('revenue@1.1');
    expect(declareAll(state, declared)).toBe('unchanged');
  });

  it('says which builds this code cannot compute', () => {
    const state = after(rebuild);
    expect(buildsToApply(state)).toEqual(['revenue@1.1', 'revenue@2.1']);
    expect(unknownBuilds(state, first)).toEqual(['revenue@2.1']);
    expect(unknownBuilds(state, declared)).toEqual([]);
    // Not by the beginning of a number: version 11 is not version 1.
    expect(unknownBuilds(after(), [{ name: 'revenue', version: 11 }])).toEqual(['revenue@1.1']);
  });
});

describe('a rebuild', () => {
  it('is beside the live build until readers are switched, and what was live stays', () => {
    expect(revenue(after(rebuild))).toMatchObject({ live: 'revenue@1.1', building: 'revenue@2.1' });
    const switched = revenue(after(rebuild, done('revenue@2.1')));
    expect(switched).toEqual({
      ...{ live: 'revenue@2.1', previous: 'revenue@1.1', discarded: [], highest: { 1: 1, 2: 1 } },
    });
    expect(switchTo(after(rebuild, done('revenue@2.1')), 'revenue@2.1', 2)).toBe('unchanged');
  });

  it('lets go of what was live before that', () => {
    const twice = revenue(after(rebuild, done('revenue@2.1'), rebuild, done('revenue@2.2')));
    expect(twice).toMatchObject({ live: 'revenue@2.2', previous: 'revenue@2.1', discarded: ['revenue@1.1'] });
  });

  it('is refused while there is one, and of what does not exist', () => {
    expect(() => decided(rebuild(after(rebuild)))).toThrow(
      'revenue@2.1 is being built: wait for it, or cancel it first.',
    );
    expect(() => decided(registerRebuild(after(rebuild, done('revenue@2.1')), 'revenue', 1))).toThrow(
      'revenue@2.1 is live, and this code knows revenue up to version 1 only',
    );
    expect(() => decided(registerRebuild(after(), 'constructor', 1))).toThrow(
      'There is no projection "constructor". Known: revenue.',
    );
  });

  it('that was cancelled is not switched to, and its number is not used again', () => {
    const given = after(rebuild, (state) => cancel(state, 'revenue'));
    expect(revenue(given)).toMatchObject({ live: 'revenue@1.1', discarded: ['revenue@2.1'] });
    expect(() => decided(switchTo(given, 'revenue@2.1', 2))).toThrow('was cancelled');
    expect(revenue(after(rebuild, (state) => cancel(state, 'revenue'), rebuild)).building).toBe('revenue@2.2');
  });

  it('that was the first of its projection is not begun again by itself once it is cancelled', () => {
    const state = after(
      (now) => declareAll(now, declared),
      (now) => cancel(now, 'skus'),
    );
    expect(declareAll(state, declared)).toBe('unchanged');
    expect(buildsToApply(state)).toEqual(['revenue@1.1']);
    const again = decided(registerRebuild(state, 'skus', 1)).projections['skus'];
    expect(again).toMatchObject({ building: 'skus@1.2', discarded: ['skus@1.1'], highest: { 1: 2 } });
  });
});

describe('a roll-back', () => {
  it('builds the earlier one further and switches to it, and can itself be taken back', () => {
    const back = after(rebuild, done('revenue@2.1'), rollback);
    expect(revenue(back)).toMatchObject({ live: 'revenue@2.1', building: 'revenue@1.1' });
    expect(buildsToApply(back)).toEqual(['revenue@2.1', 'revenue@1.1']);
    const over = revenue(after(rebuild, done('revenue@2.1'), rollback, done('revenue@1.1')));
    expect(over).toMatchObject({ live: 'revenue@1.1', previous: 'revenue@2.1', discarded: [] });
    const forth = after(rebuild, done('revenue@2.1'), rollback, done('revenue@1.1'), rollback, done('revenue@2.1'));
    expect(revenue(forth)).toMatchObject({ live: 'revenue@2.1', previous: 'revenue@1.1', discarded: [] });
  });

  it('that was cancelled and asked for again is not over when the first walk for it is', () => {
    const giveUp: Step = (state) => cancel(state, 'revenue');
    const first = after(rebuild, done('revenue@2.1'), rollback);
    const again = after(rebuild, done('revenue@2.1'), rollback, giveUp, rollback);
    const registration = revenue(first).registration!;
    expect(switchTo(again, 'revenue@1.1', registration)).toEqual({ refusal: expect.stringContaining('cancelled') });
    expect(switchTo(first, 'revenue@1.1', registration)).toMatchObject({ control: expect.anything() });
  });

  it('that is cancelled can be asked for again', () => {
    const given = after(rebuild, done('revenue@2.1'), rollback, (state) => cancel(state, 'revenue'));
    expect(revenue(given)).toMatchObject({ live: 'revenue@2.1', previous: 'revenue@1.1', discarded: [] });
    expect(revenue(given).building).toBeUndefined();
  });

  it('is refused without an earlier build, and to one that this code cannot compute', () => {
    expect(() => decided(rollback(after()))).toThrow('no earlier build');
    const state = after(rebuild, done('revenue@2.1'));
    const newOnly = [{ name: 'revenue', version: 2 }];
    expect(() => decided(registerRollback(state, 'revenue', newOnly))).toThrow(
      'does not declare the version of revenue@1.1',
    );
  });
});

describe('dropping', () => {
  it('is refused for what is needed', () => {
    expect(() => decided(discard(after(), 'revenue@1.1'))).toThrow('revenue@1.1 is live: readers need it.');
    expect(() => decided(discard(after(rebuild), 'revenue@2.1'))).toThrow('cancel it first');
    const rolling = after(rebuild, done('revenue@2.1'), rollback);
    expect(() => decided(discard(rolling, 'revenue@1.1'))).toThrow('cancel it first');
    const text = 'There is no build revenue@7.7. Builds of revenue: revenue@1.1.';
    expect(() => decided(discard(after(), 'revenue@7.7'))).toThrow(text);
    expect(() => decided(discard(after(), 'nonsense'))).toThrow('There is no projection "". Known: revenue.');
  });

  it('takes the way back, and is forgotten when the rows are gone', () => {
    const state = after(rebuild, done('revenue@2.1'), (now) => discard(now, 'revenue@1.1'));
    expect(revenue(state)).toMatchObject({ live: 'revenue@2.1', discarded: ['revenue@1.1'] });
    expect(() => decided(rollback(state))).toThrow('no earlier build');
    expect(revenue(decided(forget(state, 'revenue@1.1'))).discarded).toEqual([]);
  });
});

it('retires a projection: nobody has to compute it, and nothing declares it back', () => {
  const state = after(rebuild, (now) => retire(now, 'revenue'));
  expect(revenue(state)).toEqual({
    ...{ retired: true, discarded: ['revenue@1.1', 'revenue@2.1'], highest: { 1: 1, 2: 1 } },
  });
  expect(unknownBuilds(state, [])).toEqual([]);
  expect(declareAll(state, first)).toBe('unchanged');
});

it.each(['revenue-daily@1.1', 'a@999999.999999999'])('reads %s as the build that it names', (text) => {
  expect(buildName(parseBuild(text)!)).toBe(text);
});

it.each(['', 'revenue', 'revenue@', 'revenue@1', 'revenue@01.1', 'revenue@1.0', 'Revenue@1.1', '@1.1', 'a@1.1 '])(
  'takes "%s" for no build',
  (text) => expect(parseBuild(text)).toBeUndefined(),
);

describe('whatever is asked for in whatever order', () => {
  const names = fc.constantFrom('revenue', 'skus', 'other');
  const builds = fc
    .tuple(names, fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 4 }))
    .map(([name, version, n]) => buildName({ name, version, n }));
  const onName: ((name: string) => Step)[] = [
    (name) => (state) => registerRebuild(state, name, 1),
    (name) => (state) => registerRebuild(state, name, 2),
    (name) => (state) => registerRollback(state, name, declared),
    (name) => (state) => done(state.projections[name]?.building ?? 'revenue@1.1')(state),
    (name) => (state) => cancel(state, name),
    (name) => (state) => retire(state, name),
  ];
  const onBuild: ((build: Build) => Step)[] = [
    done,
    (build) => (state) => discard(state, build),
    (build) => (state) => forget(state, build),
  ];
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constant<Step>((state) => declareAll(state, declared)),
    ...onName.map((make) => names.map(make)),
    ...onBuild.map((make) => builds.map(make)),
  );
  const unlessRefused = (state: Control, take: Step): Control => {
    try {
      return decided(take(state), state);
    } catch (error) {
      expect(error).toBeInstanceOf(Refused);
      return state;
    }
  };

  it('a build is begun once, read only after it was built, and never comes back once it is discarded', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = decided(declareAll(undefined, first));
        const gone = new Set<Build>();
        for (const take of steps) {
          const next = counted(unlessRefused(state, take));
          for (const [name, now] of Object.entries(next.projections)) {
            const before = state.projections[name];
            if (now.live !== before?.live && now.live !== undefined) expect(now.live).toBe(before?.building);
            if (now.building !== before?.building && now.building !== undefined) {
              const n = parseBuild(now.building)!;
              const isNew = n.n > (before?.highest[n.version] ?? 0);
              expect(isNew || now.building === before?.previous).toBe(true);
            }
            for (const build of [now.live, now.building, now.previous]) expect(build && gone.has(build)).not.toBe(true);
            expect(new Set(now.discarded).size).toBe(now.discarded.length);
            expect(now.live === undefined || now.live !== now.building).toBe(true);
            expect(now.live === undefined || now.live !== now.previous).toBe(true);
            for (const build of now.discarded) gone.add(build);
          }
          expect(new Set(buildsToApply(next)).size).toBe(buildsToApply(next).length);
          state = next;
        }
      }),
      { numRuns: 500 },
    );
  });
});

leakCheck();
