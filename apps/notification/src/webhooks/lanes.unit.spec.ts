import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { createLanes, type LaneJob, type Lanes } from './lanes.ts';

const small = { perLane: 4, running: 100, waiting: 100 };

/** Jobs that end when they are told to. */
function world() {
  const running: { key: string; end: (outcome: 'ok' | 'failed') => void }[] = [];
  const givenBack: string[] = [];
  const job = (key: string): LaneJob => ({
    run: () => new Promise((resolve) => running.push({ key, end: resolve })),
    giveBack: async () => void givenBack.push(key),
  });
  const fill = (lanes: Lanes, key: string, options?: { sick: boolean }): number => {
    for (let placed = 0; ; placed += 1) {
      const place = lanes.reserve(key, options);
      if (place === undefined) return placed;
      place.take(job(key));
    }
  };
  const end = async (outcome: 'ok' | 'failed' = 'ok'): Promise<string> => {
    const next = running.shift()!;
    next.end(outcome);
    await turn();
    return next.key;
  };
  return { running, givenBack, job, fill, end };
}

it('runs no more of one lane than its limit, lets twice as many wait, and refuses the rest', () => {
  const { fill } = world();
  const lanes = createLanes(small);
  expect(fill(lanes, 'a')).toBe(12);
  expect(lanes.load()).toEqual({ running: 4, waiting: 8 });
  expect(lanes.room('a')).toBe(0);
});

it('widens a lane with every success and narrows it with every failure', async () => {
  const { fill, end } = world();
  const lanes = createLanes({ perLane: 32, running: 1000, waiting: 1000 });
  fill(lanes, 'a');
  expect(lanes.load().running).toBe(4);
  for (let i = 0; i < 10; i += 1) await end('ok');
  expect(lanes.load().running).toBe(14);
  for (let i = 0; i < 12; i += 1) await end('failed');
  expect(lanes.load().running).toBe(2);
  for (let i = 0; i < 2; i += 1) await end('failed');
  expect(lanes.load().running).toBe(1);
});

it('lets a new lane run at once, however many others have begun to hang', () => {
  const { fill, job, running } = world();
  const lanes = createLanes();
  for (let i = 0; i < 100; i += 1) fill(lanes, `hangs-${i}`);
  const before = lanes.load().running;
  lanes.reserve('healthy')!.take(job('healthy'));
  expect(lanes.load().running).toBe(before + 1);
  expect(running.at(-1)!.key).toBe('healthy');
});

it('keeps a quarter of the process free of endpoints that are known to fail', () => {
  const { fill, job, running } = world();
  const lanes = createLanes();
  for (let i = 0; i < 1000; i += 1) fill(lanes, `sick-${i}`, { sick: true });
  expect(lanes.load().running).toBe(384);
  lanes.reserve('healthy')!.take(job('healthy'));
  expect(running.at(-1)!.key).toBe('healthy');
});

it('runs two jobs at once of an endpoint that is known to fail', () => {
  const { fill } = world();
  const lanes = createLanes();
  fill(lanes, 'sick', { sick: true });
  expect(lanes.load()).toEqual({ running: 2, waiting: 4 });
});

it('runs a job that waited in the context of who handed it in, not of the job that made room', async () => {
  const context = new AsyncLocalStorage<string>();
  const { end, job } = world();
  const lanes = createLanes({ ...small, perLane: 1 });
  const seen = Promise.withResolvers<string | undefined>();
  const curious: LaneJob = {
    run: async () => {
      seen.resolve(context.getStore());
      return 'ok';
    },
    giveBack: async () => {},
  };
  context.run('first', () => lanes.reserve('a')!.take(job('a')));
  context.run('second', () => lanes.reserve('a')!.take(curious));
  await end();
  await expect(seen.promise).resolves.toBe('second');
});

it('gives a cancelled place back', () => {
  const lanes = createLanes(small);
  const room = lanes.room('a');
  const place = lanes.reserve('a')!;
  expect(lanes.room('a')).toBe(room - 1);
  place.cancel();
  expect(lanes.room('a')).toBe(room);
});

it('takes turns among lanes that wait for the process as a whole', async () => {
  const { fill, end } = world();
  const lanes = createLanes({ perLane: 2, running: 2, waiting: 40 });
  for (const key of ['a', 'b', 'c']) fill(lanes, key);
  const started: string[] = [];
  for (let i = 0; i < 6; i += 1) started.push(await end());
  expect(new Set(started)).toEqual(new Set(['a', 'b', 'c']));
});

it('at a stop gives back what waits and waits for what runs', async () => {
  const { fill, end, givenBack } = world();
  const lanes = createLanes({ ...small, perLane: 1 });
  fill(lanes, 'a');
  const stopped = lanes.stop({ deadlineMs: 5_000 });
  expect(givenBack).toEqual(['a', 'a']);
  expect(lanes.reserve('a')).toBeUndefined();
  await end();
  await expect(stopped).resolves.toEqual({ abandoned: 0 });
});

it('at the deadline of a stop says how many it had to leave', async () => {
  const { job } = world();
  const lanes = createLanes(small);
  lanes.reserve('hangs')!.take(job('hangs'));
  await expect(lanes.stop({ deadlineMs: 20 })).resolves.toEqual({ abandoned: 1 });
});

it('gives back a job whose place was reserved before the stop', async () => {
  const { job, givenBack } = world();
  const lanes = createLanes(small);
  const place = lanes.reserve('a')!;
  await lanes.stop({ deadlineMs: 20 });
  place.take(job('a'));
  expect(givenBack).toEqual(['a']);
});
