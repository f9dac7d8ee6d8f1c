import type { Exit, ServiceProcess } from './service-process.ts';
import { restartDelayMs, superviseProcess } from './supervised-process.ts';

/** A process that ends when the test says so. */
function fakeProcess() {
  const runs: PromiseWithResolvers<Exit>[] = [];
  const failures: Error[] = [];
  const environments: (Record<string, string> | undefined)[] = [];
  const current = () => runs.at(-1)!;
  const process: ServiceProcess = {
    name: 'app',
    pid: 1,
    async start(options) {
      environments.push(options?.env);
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      runs.push(Promise.withResolvers());
    },
    stop: async () => current().resolve({ code: 0, signal: null }),
    kill: () => true,
    ended: () => current().promise,
  };
  return { process, runs, failures, environments, crash: () => current().resolve({ code: null, signal: 'SIGKILL' }) };
}

const killed: Exit = { code: null, signal: 'SIGKILL' };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('superviseProcess', () => {
  it('starts a process again that ended by itself', async () => {
    const fake = fakeProcess();
    const onCrash = jest.fn();
    const onRecovered = jest.fn();
    await superviseProcess(fake.process, { onCrash, onRecovered, now: Date.now }).start();
    fake.crash();
    await jest.advanceTimersByTimeAsync(200);
    expect(onCrash).toHaveBeenCalledWith({ name: 'app', exit: killed, restartInMs: 200, crashes: 1 });
    expect(onRecovered).toHaveBeenCalledWith({ name: 'app', ms: 200 });
    expect(fake.runs).toHaveLength(2);
  });

  it('waits longer after each crash in a row, also when the restart itself fails', async () => {
    const fake = fakeProcess();
    const onCrash = jest.fn();
    await superviseProcess(fake.process, { onCrash, now: Date.now }).start();
    fake.failures.push(new Error('no database'), new Error('no database'));
    fake.crash();
    await jest.advanceTimersByTimeAsync(200 + 400 + 800);
    expect(onCrash.mock.calls.map(([crash]) => crash.restartInMs)).toEqual([200, 400, 800]);
    expect(fake.runs).toHaveLength(2);
  });

  it('begins with the shortest wait again once it has answered for a while', async () => {
    const fake = fakeProcess();
    const onCrash = jest.fn();
    await superviseProcess(fake.process, { onCrash, now: Date.now }).start();
    for (const steadyMs of [10_000, 10, 10_000]) {
      await jest.advanceTimersByTimeAsync(steadyMs);
      fake.crash();
      await jest.advanceTimersByTimeAsync(400);
    }
    expect(onCrash.mock.calls.map(([crash]) => crash.restartInMs)).toEqual([200, 400, 200]);
  });

  it('gives an environment to the run it was asked for, not to the restart', async () => {
    const fake = fakeProcess();
    await superviseProcess(fake.process, { now: Date.now }).start({ env: { ATLAS_CRASH_AT: 'effect.ran' } });
    fake.crash();
    await jest.advanceTimersByTimeAsync(200);
    expect(fake.environments).toEqual([{ ATLAS_CRASH_AT: 'effect.ran' }, undefined]);
  });

  it('leaves alone what was stopped on purpose', async () => {
    const fake = fakeProcess();
    const onCrash = jest.fn();
    const supervised = superviseProcess(fake.process, { onCrash, now: Date.now });
    await supervised.start();
    await supervised.stop();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(onCrash).not.toHaveBeenCalled();
    expect(fake.runs).toHaveLength(1);
  });

  it('does not restart what is stopped while it waits for its restart', async () => {
    const fake = fakeProcess();
    const supervised = superviseProcess(fake.process, { now: Date.now });
    await supervised.start();
    fake.crash();
    await jest.advanceTimersByTimeAsync(100);
    await supervised.stop();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(fake.runs).toHaveLength(1);
  });

  it('reports a first start that fails, and does not try again', async () => {
    const fake = fakeProcess();
    fake.failures.push(new Error('wrong configuration'));
    await expect(superviseProcess(fake.process, { now: Date.now }).start()).rejects.toThrow('wrong configuration');
    await jest.advanceTimersByTimeAsync(60_000);
    expect(fake.runs).toHaveLength(0);
  });
});

describe('restartDelayMs', () => {
  it('never waits longer than ten seconds', () => {
    expect([1, 2, 3, 6, 7, 50].map(restartDelayMs)).toEqual([200, 400, 800, 6400, 10_000, 10_000]);
  });
});
