import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import { startSystem, type System } from '../src/index.ts';
import { compileCacheOf } from '../src/process/compile-cache.ts';
import { committedTable } from './committed-table.ts';
import { type CrashCase, crashCases, type Outcome, renderMatrix } from './crash-matrix.ts';
import { deadLetters, messagesIn, openShop, type Shop } from './shop.ts';

const root = join(__dirname, '..', '..', '..');
const visibilityTimeoutSeconds = 3;

/** Runs every line of the crash matrix on the real system; `UPDATE_DOCS=1` writes the table into docs/guarantees.md. */
describe('the crash matrix', () => {
  const seen = new Map<string, Outcome>();
  const crashes: string[] = [];
  let system: System;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'atlas-crash-'));
    system = await startSystem({
      dir,
      mode: 'test',
      temporary: true,
      visibilityTimeoutSeconds,
      // What a dead process had leased comes back sooner than in production; nothing else differs.
      env: { QUEUE_WAIT_SECONDS: '1', OUTBOX_LEASE_SECONDS: '5', WEBHOOK_TIMEOUT_SECONDS: '2' },
      onCrash: ({ name }) => void crashes.push(name),
    });
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  test.each(crashCases)(
    '$dies dies at $step',
    async (crashCase) => {
      const shop = await openShop(system.env, { name: crashCase.step.replaceAll('.', '-') });
      // The welcome mail of the sign-up must be done, or it would be what meets the crash.
      await eventually(async () => expect(await inFlight(shop)).toBe(0), { timeoutMs: 30_000, everyMs: 100 });
      const outcome = await scenarios[crashCase.scenario](shop, crashCase);
      expect(outcome).toEqual(crashCase.expected);
      seen.set(crashCase.step, outcome);
    },
    120_000,
  );

  test('is what docs/guarantees.md says', () => {
    const { committed, seen: now } = committedTable('crash-matrix', renderMatrix(seen));
    expect(committed).toBe(now);
  });

  const scenarios: Record<CrashCase['scenario'], (shop: Shop, crashCase: CrashCase) => Promise<Outcome>> = {
    order: async (shop, { dies, step }) => {
      await armed(dies, step);
      const eventId = await shop.order('1');
      await died(dies);
      return settled(shop, eventId);
    },
    'refused mail': async (shop, { dies, step, expected }) => {
      await mailServer({ [shop.email]: { rejectWith: 550 } });
      await armed(dies, step);
      const eventId = await shop.order('1');
      await died(dies);
      await eventually(async () => expect(await deadLetters(system.env)).toBe(expected.deadLetters), {
        timeoutMs: 60_000,
      });
      const outcome = await outcomeOf(shop, eventId);
      await eventually(
        async () => {
          atlas('dlq', 'discard', '--yes');
          expect(await deadLetters(system.env)).toBe(0);
        },
        { timeoutMs: 30_000, everyMs: 1000 },
      );
      return outcome;
    },
    redrive: async (shop, { step }) => {
      await mailServer({ [shop.email]: { rejectWith: 550 } });
      const eventId = await shop.order('1');
      await eventually(async () => expect(await deadLetters(system.env)).toBe(1), { timeoutMs: 60_000 });
      await mailServer({ [shop.email]: null });
      expect(atlas('dlq', 'redrive', { ATLAS_CRASH_AT: step }).signal).toBe('SIGKILL');
      // What the dead operator had received is hidden for a while, then whoever comes next redrives it.
      await eventually(
        async () => {
          atlas('dlq', 'redrive');
          expect(await deadLetters(system.env)).toBe(0);
        },
        { timeoutMs: 90_000, everyMs: 1000 },
      );
      return settled(shop, eventId);
    },
  };

  /** The app's next run dies at this step, once. */
  async function armed(app: string, step: string): Promise<void> {
    crashes.length = 0;
    await system.restart(app, { env: { ATLAS_CRASH_AT: step } });
  }

  async function died(app: string): Promise<void> {
    await eventually(() => expect(crashes).toEqual([app]), { timeoutMs: 60_000 });
    await system.ready(app);
  }

  /** The outcome once everything has happened and every queue is empty, so that no late copy is missed. */
  async function settled(shop: Shop, eventId: string): Promise<Outcome> {
    await eventually(
      async () => {
        const { mail, webhook, feed } = await outcomeOf(shop, eventId);
        expect(Math.min(mail, webhook, feed)).toBeGreaterThan(0);
        expect(await inFlight(shop)).toBe(0);
      },
      { timeoutMs: 90_000, everyMs: 250 },
    );
    return outcomeOf(shop, eventId);
  }

  async function outcomeOf(shop: Shop, eventId: string): Promise<Outcome> {
    const [copies] = await shop.copies([eventId]);
    const { mail, webhooks, feed } = copies!;
    return { mail, webhook: webhooks[0]!, feed, deadLetters: await deadLetters(system.env) };
  }

  /** Work that could still cause something: outbox rows, messages of the service's queues, webhook deliveries. */
  async function inFlight(shop: Shop): Promise<number> {
    const metrics = async (app: string) => (await fetch(`${system.env[`${app.toUpperCase()}_URL`]}/metrics`)).text();
    const outbox = /^atlas_outbox_depth\S* (\d+)/m.exec(await metrics('gateway'))?.[1];
    return Number(outbox) + (await messagesIn(system.env)) + (await shop.pendingDeliveries());
  }

  async function mailServer(recipients: Record<string, { rejectWith: number } | null>): Promise<void> {
    await fetch(`${system.env['SINK_URL']}/api/behaviour`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ recipients }),
    });
  }

  function atlas(...args: (string | Record<string, string>)[]) {
    const words = args.filter((arg) => typeof arg === 'string');
    const extra = Object.assign({}, ...args.filter((arg) => typeof arg !== 'string')) as Record<string, string>;
    return spawnSync(process.execPath, [join(root, 'tools', 'atlas', 'bin', 'atlas.mjs'), ...words], {
      cwd: root,
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: compileCacheOf(system.dir), ...system.env, ...extra },
      encoding: 'utf8',
    });
  }
});
