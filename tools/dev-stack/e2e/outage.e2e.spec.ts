import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import { type PartName, startSystem, type System } from '../src/index.ts';
import { deadLetters, isComplete, openShop, type Shop } from './shop.ts';

/** What each app cannot do without: it says "not ready" while the part is away. */
const outages: { part: PartName; affects: string[] }[] = [
  { part: 'redis', affects: ['gateway', 'notification', 'billing', 'subscription', 'reporting'] },
  { part: 'postgres', affects: ['gateway'] },
  { part: 'sqs', affects: ['notification', 'billing', 'subscription', 'reporting'] },
  { part: 'dynamodb', affects: ['notification', 'billing', 'subscription', 'reporting'] },
];
const outageMs = 4_000;

describe('a dependency is away for some seconds, under load', () => {
  let system: System;
  let shop: Shop;
  /** Orders of all tests so far. */
  let completed = 0;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'atlas-outage-'));
    system = await startSystem({ dir, mode: 'test', temporary: true, visibilityTimeoutSeconds: 5 });
    shop = await openShop(system.env, { name: 'outage' });
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  test.each(outages)(
    '$part: the services live on, say so, and recover by themselves; nothing is lost or dead-lettered',
    async ({ part, affects }) => {
      const pids = system.apps.map((app) => system.pid(app));
      const load = placeOrdersUntilTold(part);
      await eventually(() => expect(load.placed()).toBeGreaterThan(5), { timeoutMs: 20_000 });

      await system.stopService(part);
      const backAt = Date.now() + outageMs;
      for (const app of affects) {
        await eventually(async () => expect(await health(app, 'ready')).toBe(503), { timeoutMs: 10_000 });
      }
      for (const app of system.apps) expect(await health(app, 'live')).toBe(200);
      await eventually(() => expect(Date.now()).toBeGreaterThan(backAt), { timeoutMs: outageMs + 1000, everyMs: 200 });
      await system.startService(part);

      for (const app of affects) await system.ready(app);
      const before = load.placed();
      await eventually(() => expect(load.placed()).toBeGreaterThan(before + 5), { timeoutMs: 30_000 });
      const eventIds = await load.stop();

      await eventually(async () => expect(isComplete(await shop.copies(eventIds))).toBe(true), {
        timeoutMs: 90_000,
        everyMs: 500,
      });
      for (const { feed } of await shop.copies(eventIds)) expect(feed).toBe(1);
      completed += eventIds.length;
      await eventually(async () => expect(await ordersReported()).toBe(completed), { timeoutMs: 30_000 });
      expect(await deadLetters(system.env)).toBe(0);
      expect(system.apps.map((app) => system.pid(app))).toEqual(pids);
    },
    180_000,
  );

  function placeOrdersUntilTold(name: string) {
    const eventIds: string[] = [];
    let told = false;
    const workers = [0, 1, 2, 3].map(async (worker) => {
      for (let n = 0; !told; n += 1) eventIds.push(await shop.order(`${name}-${worker}-${n}`));
    });
    return {
      placed: () => eventIds.length,
      async stop() {
        told = true;
        await Promise.all(workers);
        return eventIds;
      },
    };
  }

  async function ordersReported(): Promise<number> {
    const { body } = await shop.client.send({ method: 'GET', path: '/reports/revenue' });
    return body.items.reduce((sum: number, { orders }: { orders: number }) => sum + orders, 0);
  }

  async function health(app: string, kind: 'live' | 'ready'): Promise<number> {
    const answer = await fetch(`${system.env[`${app.toUpperCase()}_URL`]}/health/${kind}`);
    return answer.status;
  }
});
