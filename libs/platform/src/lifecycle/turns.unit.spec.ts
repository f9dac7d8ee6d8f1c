import { createTurns } from './turns.ts';

/** Work that says when it begins and ends when it is told to. */
function createWork(name: string, steps: string[]) {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  return {
    begun: begun.promise,
    end: () => gate.resolve(),
    fail: () => gate.reject(new Error(name)),
    async run() {
      steps.push(`${name} begins`);
      begun.resolve();
      await gate.promise;
      steps.push(`${name} ends`);
      return name;
    },
  };
}

it('one key: one after the other, in the order in which they came', async () => {
  const steps: string[] = [];
  const takeTurns = createTurns();
  const works = ['a', 'b', 'c'].map((name) => createWork(name, steps));
  const results = works.map((work) => takeTurns('key', work.run));
  for (const work of works) {
    await work.begun;
    work.end();
  }
  expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
  expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

it('two keys do not wait for each other', async () => {
  const takeTurns = createTurns();
  const [slow, fast] = [createWork('slow', []), createWork('fast', [])];
  const first = takeTurns('one', slow.run);
  const second = takeTurns('two', fast.run);
  fast.end();
  expect(await second).toBe('fast');
  slow.end();
  await first;
});

it('a failure is its own: the next one has its turn', async () => {
  const takeTurns = createTurns();
  const [first, second] = [createWork('first', []), createWork('second', [])];
  const results = [takeTurns('key', first.run), takeTurns('key', second.run)];
  first.fail();
  second.end();
  await expect(results[0]).rejects.toThrow('first');
  expect(await results[1]).toBe('second');
});

it('who waits in a long line begins no sooner for having waited long', async () => {
  const takeTurns = createTurns({ longestMs: 50 });
  let running = 0;
  let most = 0;
  const work = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running -= 1;
  };
  await Promise.all(Array.from({ length: 60 }, () => takeTurns('key', work)));
  expect(most).toBe(1);
});

it('who is stuck is not waited for for ever', async () => {
  const takeTurns = createTurns({ longestMs: 5 });
  const [stuck, next] = [createWork('stuck', []), createWork('next', [])];
  const first = takeTurns('key', stuck.run);
  const second = takeTurns('key', next.run);
  next.end();
  expect(await second).toBe('next');
  stuck.end();
  await first;
});
