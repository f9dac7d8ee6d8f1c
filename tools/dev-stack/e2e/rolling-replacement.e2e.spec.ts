import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import { messageIdOf } from '../src/demo/reconciliation.domain.ts';
import { findApps, startSystem, type System } from '../src/index.ts';
import { type Ask, type BusyUsers, limitsForBusyUsers, order, startBusyUsers, type Visit } from './busy-users.ts';
import { deadLetters, messagesIn } from './shop.ts';

const users = 8;
const apps = findApps();
const patient = { timeoutMs: 90_000, everyMs: 200 };

interface Movement {
  readonly status: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Who has the plan already gets the money back. */
const isFinal = (state: unknown): boolean => state === 'confirmed' || state === 'reversed';

/** What a user knows of what was said yes to. */
interface Ledger {
  readonly orders: { readonly orderId: string; readonly eventId: string }[];
  readonly charges: string[];
  /** Sends as this user; the failures of the load are counted there too. */
  ask?: Ask;
}

describe('two replicas of each app, each in turn replaced as a deploy does, while users order, pay and read', () => {
  let system: System;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'atlas-rolling-'));
    const replicas = Object.fromEntries(apps.map((app) => [app, 2]));
    system = await startSystem({ dir, mode: 'test', temporary: true, replicas, env: limitsForBusyUsers });
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  test('no request fails, no message is lost or counted twice', async () => {
    const ledgers = Array.from({ length: users }, (): Ledger => ({ orders: [], charges: [] }));
    const busy = await startBusyUsers(system.env['GATEWAY_URL']!, { count: users, visit: shopper(ledgers) });
    await moreAnswers(busy, 40);
    for (const replica of [1, 2]) {
      await Promise.all(apps.map((app) => replace(`${app}-${replica}`)));
      await moreAnswers(busy, 40);
    }
    const failures = await busy.stop();
    const [orders, charges] = [ledgers.flatMap((user) => user.orders), ledgers.flatMap((user) => user.charges)];
    console.info(
      `${busy.answered()} answered, ${failures.length} failed; ${orders.length} orders, ${charges.length} charges`,
    );
    expect(failures).toEqual([]);
    expect(await busy.signedIn()).toBe(users);
    expect(charges.length).toBeGreaterThan(0);

    await eventually(async () => expect((await states(ledgers)).every(isFinal)).toBe(true), patient);
    const outcomes = await states(ledgers);
    await eventually(
      async () => expect(await counted(ledgers)).toEqual(ledgers.map((user) => user.orders.length)),
      patient,
    );
    const once = orders.map(() => 1);
    await eventually(async () => expect(await mails(orders.map(({ eventId }) => eventId))).toEqual(once), patient);
    await eventually(async () => expect(await messagesIn(system.env)).toBe(0), patient);
    // When nothing is under way any more, so that what would be there twice is there.
    for (const { orders: own, ask } of ledgers) {
      const found = await feed(ask!);
      expect(found).toEqual([...new Set(found)]);
      expect(found).toEqual(expect.arrayContaining(own.map(({ eventId }) => eventId)));
    }
    expect(await mails(orders.map(({ eventId }) => eventId))).toEqual(once);
    expect(await counted(ledgers)).toEqual(ledgers.map((user) => user.orders.length));
    const books = outcomes.map((state) => ({ state, payments: 1, refunds: state === 'reversed' ? 1 : 0 }));
    const moved = await provider(charges);
    expect(moved.map((of, index) => ({ state: outcomes[index], ...of }))).toEqual(books);
    expect(await deadLetters(system.env)).toBe(0);
  }, 300_000);

  async function replace(replica: string): Promise<void> {
    const before = system.pid(replica);
    await system.restart(replica);
    expect(system.pid(replica)).not.toBe(before);
  }

  async function moreAnswers(busy: BusyUsers, count: number): Promise<void> {
    const before = busy.answered();
    await eventually(() => busy.answered() >= before + count, { timeoutMs: 60_000, everyMs: 20 });
  }

  const states = async (ledgers: readonly Ledger[]) => {
    const found = ledgers.flatMap(({ charges, ask }) =>
      charges.map(async (id) => (await ask!(`GET /billing/charges/${id}`, 200))?.['status']),
    );
    return Promise.all(found);
  };

  /** Orders that the projection has counted, of each user's tenant. */
  const counted = async (ledgers: readonly Ledger[]) =>
    Promise.all(
      ledgers.map(async ({ ask }) => {
        const { items } = (await ask!('GET /reports/revenue', 200)) as { items: { orders: number }[] };
        return items.reduce((sum, item) => sum + item.orders, 0);
      }),
    );

  async function mails(eventIds: readonly string[]): Promise<number[]> {
    const ids = eventIds.map((id) => messageIdOf(id, system.env['MAIL_FROM']!));
    const answer = await fetch(`${system.env['SINK_URL']}/api/mail/lookup`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ message_ids: ids }),
    });
    const { counts } = (await answer.json()) as { counts: Record<string, number> };
    return ids.map((id) => counts[id] ?? 0);
  }

  /** How often the provider has taken the money of each charge and has given it back. */
  async function provider(charges: readonly string[]): Promise<{ payments: number; refunds: number }[]> {
    const ledger = (await (await fetch(`${system.env['PAYMENT_SANDBOX_URL']}/ledger`)).json()) as {
      payments: Movement[];
      refunds: Movement[];
    };
    const made = (movements: Movement[], id: string) =>
      movements.filter(({ status, metadata }) => status === 'succeeded' && metadata['charge_id'] === id).length;
    return charges.map((id) => ({ payments: made(ledger.payments, id), refunds: made(ledger.refunds, id) }));
  }
});

/** Orders and completes, reads feed, report and charges, and now and then buys a plan. */
function shopper(ledgers: readonly Ledger[]): Visit {
  return async (ask, number, user) => {
    const ledger = ledgers[user]!;
    ledger.ask ??= ask;
    if (number % 12 === 5) {
      const wish = { plan_id: 'team', payment_method: 'pm_card_visa', currency: 'EUR' };
      const charge = await ask('POST /billing/charges', 202, wish);
      if (charge) ledger.charges.push(String(charge['charge_id']));
    }
    const draft = await ask('POST /orders', 201, order);
    const orderId = String(draft?.['order_id']);
    const done = draft && (await ask(`POST /orders/${orderId}/complete`, 200, {}));
    if (done) ledger.orders.push({ orderId, eventId: String(done['event_id']) });
    await ask('GET /feed?limit=10', 200);
    await ask('GET /reports/revenue', 200);
    await ask('GET /billing/charges?limit=5', 200);
  };
}

/** The events in a feed, page by page. */
async function feed(ask: Ask): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = '', first = true; first || cursor; first = false) {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page = (await ask(`GET /feed?limit=100${query}`, 200)) as {
      items: { event_id: string; type?: string }[];
      next_cursor: string | null;
    };
    found.push(...page.items.map(({ event_id }) => event_id));
    cursor = page.next_cursor;
  }
  return found;
}
