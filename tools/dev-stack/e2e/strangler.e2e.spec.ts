import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import { startSystem, type System } from '../src/index.ts';
import { limitsForBusyUsers } from './busy-users.ts';
import { openReaders, type Readers } from './feed-readers.ts';

const tenants = 20;

/** The way of a slice to its service and back. */
const steps = [
  { mode: 'monolith' },
  { mode: 'shadow' },
  { mode: 'canary', percent: 10 },
  { mode: 'canary', percent: 50 },
  { mode: 'service' },
  { mode: 'canary', percent: 10 },
  { mode: 'monolith' },
] as const;

describe(`the feed of ${tenants} tenants moves to the notification service and back, through three gateways, under load`, () => {
  let system: System;
  let readers: Readers;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'atlas-strangler-'));
    system = await startSystem({
      dir,
      mode: 'test',
      temporary: true,
      replicas: { gateway: 3 },
      env: limitsForBusyUsers,
    });
    readers = await openReaders(system.env, { tenants });
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  test('no request fails, no tenant flips within a step, and the two agree', async () => {
    const load = readers.start();
    for (const [index, step] of steps.entries()) {
      await readers.change({ ...step, reason: `step ${index}` });
      await eventually(async () => (await load.answersIn(index)) >= 10 * tenants, { timeoutMs: 60_000, everyMs: 50 });
      if (step.mode === 'shadow') await eventually(async () => (await readers.compared()) >= 20, { timeoutMs: 60_000 });
    }
    const seen = await load.stop();
    console.info(`${seen.length} answers, ${seen.filter(({ status }) => status !== 200).length} failed`);
    expect(seen.filter(({ status }) => status !== 200)).toEqual([]);

    for (const [index, { mode }] of steps.entries()) {
      const inStep = Map.groupBy(
        seen.filter((answer) => answer.step === index),
        ({ tenant }) => tenant,
      );
      const sides = [...inStep.values()].map((answers) => new Set(answers.map(({ by }) => by)));
      expect(sides).toHaveLength(tenants);
      expect(sides.filter((side) => side.size !== 1)).toEqual([]);
      const byService = sides.filter((side) => side.has('service')).length;
      if (mode === 'service') expect(byService).toBe(tenants);
      else if (mode !== 'canary') expect(byService).toBe(0);
    }
    // A larger share only adds tenants.
    const of = (step: number) =>
      new Set(seen.filter((answer) => answer.step === step && answer.by === 'service').map(({ tenant }) => tenant));
    expect([...of(3)]).toEqual(expect.arrayContaining([...of(2)]));
    expect(of(5)).toEqual(of(2));
  }, 240_000);

  test('what the monolith and the service say of the same tenant is the same', async () => {
    await readers.change({ mode: 'shadow', reason: 'the proof' });
    const load = readers.start();
    await eventually(async () => (await readers.compared()) >= 50, { timeoutMs: 60_000 });
    await load.stop();
    const { since_change, mismatches } = await readers.slice();
    expect(mismatches).toEqual([]);
    expect(since_change.comparisons).toMatchObject({ mismatch: 0, match_rate: 1 });
  }, 120_000);
});
