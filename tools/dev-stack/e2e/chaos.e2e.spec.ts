import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import fc from 'fast-check';
import { startSystem, type System } from '../src/index.ts';
import { type Copies, deadLetters, isComplete, openShop } from './shop.ts';

const orders = 300;
const inFlight = 8;
const killsPerApp = 4;

describe('killed with SIGKILL at random moments', () => {
  let system: System;
  const kills: { app: string; at: number }[] = [];

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'atlas-chaos-'));
    system = await startSystem({ dir, mode: 'test', temporary: true, visibilityTimeoutSeconds: 5 });
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  test(`${orders} orders: every consequence, no dead letter, extra copies only around a kill`, async () => {
    const shop = await openShop(system.env, { name: 'chaos', endpoints: 2 });
    const [pause] = fc.sample(fc.infiniteStream(fc.integer({ min: 150, max: 1500 })), 1);
    const victims = Array.from({ length: killsPerApp }, () => ['gateway', 'notification']).flat();

    const eventIds: string[] = [];
    const numbers = Array.from({ length: orders }, (_, index) => index).values();
    const placing = Promise.all(
      Array.from({ length: inFlight }, async () => {
        for (const number of numbers) eventIds.push(await shop.order(String(number)));
      }),
    );
    for (const app of victims) {
      await new Promise((resolve) => setTimeout(resolve, pause!.next().value as number));
      // A process that is down cannot be killed: the next one is killed as soon as it answers.
      await system.ready(app);
      if (system.kill(app)) kills.push({ app, at: Date.now() });
    }
    await placing;

    let copies: Copies[] = [];
    await eventually(
      async () => {
        copies = await shop.copies(eventIds);
        expect(isComplete(copies)).toBe(true);
      },
      { timeoutMs: 120_000, everyMs: 500 },
    );

    expect(kills.length).toBe(victims.length);
    expect(new Set(eventIds).size).toBe(orders);
    expect(copies.filter(({ feed }) => feed !== 1)).toEqual([]);
    expect(await deadLetters(system.env)).toBe(0);
    const extra = extraCopies(copies);
    console.info(`kills ${kills.length}, extra e-mails ${extra.mail}, extra webhooks ${extra.webhook}`);
    // The window of the crash matrix: an effect that had happened when its process died, before it was marked. Each
    // death can catch at most what was in flight: the pool of mail connections, the slots of the webhook worker.
    const deaths = kills.filter(({ app }) => app === 'notification').length;
    expect(extra.mail).toBeLessThanOrEqual(deaths * 10);
    expect(extra.webhook).toBeLessThanOrEqual(deaths * 2 * 16);
    expect(await outsideTheWindow(copies)).toEqual([]);
  }, 300_000);

  /** Mails with a second copy although no kill of notification lies between the two. */
  async function outsideTheWindow(copies: readonly Copies[]): Promise<string[]> {
    const doubled = copies.filter(({ mail }) => mail > 1).map(({ eventId }) => eventId);
    const arrivals = doubled.length > 0 ? await allMails() : [];
    return doubled.filter((eventId) => {
      const times = arrivals.filter((mail) => mail.message_id.includes(eventId)).map((mail) => mail.at);
      const [first, last] = [Math.min(...times), Math.max(...times)];
      return !kills.some(({ app, at }) => app === 'notification' && first <= at && at <= last);
    });
  }

  async function allMails(): Promise<{ message_id: string; at: number }[]> {
    const mails: { message_id: string; at: number }[] = [];
    for (let offset = 0, total = 1; offset < total; offset += 100) {
      const answer = await fetch(`${system.env['SINK_URL']}/api/mail?limit=100&offset=${offset}`);
      const page = (await answer.json()) as { total: number; items: { message_id: string; received_at: string }[] };
      mails.push(...page.items.map(({ message_id, received_at }) => ({ message_id, at: Date.parse(received_at) })));
      total = page.total;
    }
    return mails;
  }
});

function extraCopies(copies: readonly Copies[]): { mail: number; webhook: number } {
  const beyondOne = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count - 1, 0);
  return {
    mail: beyondOne(copies.map(({ mail }) => mail)),
    webhook: beyondOne(copies.flatMap(({ webhooks }) => webhooks)),
  };
}
