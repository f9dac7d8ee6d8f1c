import { randomUUID } from 'node:crypto';
import { chargeSucceeded } from '@atlas/event-contracts';
import { runWithContext, traceIdOf } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import type { OutgoingEvent } from '../publish/outgoing-event.ts';
import { completedOrder, createOutboxWorld, type OutboxWorld, succeededCharge } from './outbox.fixture.ts';
import { pruneOutbox } from './prune-outbox.ts';

let world: OutboxWorld;

beforeAll(async () => {
  world = await createOutboxWorld();
});

afterEach(() => world.pool.query('DELETE FROM outbox'));

afterAll(() => world.close());

const rows = async () => (await world.pool.query('SELECT * FROM outbox')).rows;
const execute = (text: string, values: unknown[]) => world.pool.query(text, values);

describe('outbox.add', () => {
  it('stores events in one statement, and answers with their envelopes in order', async () => {
    const statements: string[] = [];
    const spy = (text: string, values: unknown[]) => {
      statements.push(text);
      return execute(text, values);
    };
    const events = Array.from({ length: 25 }, () => completedOrder());
    const envelopes = await world.outbox.add(spy, events);
    expect(statements).toHaveLength(1);
    expect(envelopes.map(({ subject }) => subject)).toEqual(events.map((event) => event.meta.subject));
    const stored = new Map((await rows()).map((row) => [row.id, JSON.parse(row.envelope)]));
    for (const envelope of envelopes) expect(stored.get(envelope.id)).toEqual(envelope);
  });

  it('stores a fact in both majors of a migration, under one id, and answers with the newest', async () => {
    const [envelope, ...more] = await world.outbox.add(execute, [succeededCharge()]);
    expect([envelope!.version, more]).toEqual(['2.0', []]);
    const stored = (await rows()).toSorted((a, b) => (a.version < b.version ? -1 : 1));
    expect(stored.map(({ id, version }) => `${id} ${version}`)).toEqual([`${envelope!.id} 1.0`, `${envelope!.id} 2.0`]);
    expect(JSON.parse(stored[0].envelope).payload).toEqual(chargeSucceeded.versions['1.0'].example);
  });

  it('stores none when one of them breaks its contract', async () => {
    const broken = { ...completedOrder(), payload: { order_id: 'only' } } as unknown as OutgoingEvent;
    const adding = world.outbox.add(execute, [completedOrder(), broken]);
    await expect(adding).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
    expect(await rows()).toEqual([]);
  });

  it('refuses what no message can carry before the fact is committed', async () => {
    const order = completedOrder();
    const line_items = Array.from({ length: 5_000 }, () => ({ sku: 'x'.repeat(60), qty: 1 }));
    const huge = { ...order, payload: { ...order.payload, line_items } } as OutgoingEvent;
    await expect(world.outbox.add(execute, [huge])).rejects.toMatchObject({ code: 'ENVELOPE_TOO_LARGE' });
  });

  it('sends no statement for no event', async () => {
    expect(await world.outbox.add(() => Promise.reject(new Error('called')), [])).toEqual([]);
  });

  it('keeps trace and correlation of the request, for the relay that publishes later', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const context = { correlationId: 'request-1', causationId: 'request-1', traceparent };
    await runWithContext(context, () => world.outbox.add(execute, [completedOrder()]));
    const [row] = await rows();
    expect(traceIdOf(row.traceparent)).toBe(traceIdOf(traceparent));
    expect(JSON.parse(row.envelope)).toMatchObject({ correlation_id: 'request-1', causation_id: 'request-1' });
  });

  it('refuses the same event a second time, so that a fact cannot be announced twice', async () => {
    const event = completedOrder();
    const again = { ...event, meta: { ...event.meta, id: randomUUID() } } as OutgoingEvent;
    await world.outbox.add(execute, [again]);
    await expect(world.outbox.add(execute, [again])).rejects.toMatchObject({ code: '23505' });
  });
});

describe('pruneOutbox', () => {
  it('deletes what was published long ago, in batches, and nothing that still has to be published', async () => {
    await world.commit(2_300);
    await world.pool.query(`UPDATE outbox SET published_at = now() - interval '91 days'`);
    const [unpublished, parked, recent] = await world.commit(3);
    await world.pool.query(`UPDATE outbox SET created_at = now() - interval '200 days'`);
    await world.pool.query('UPDATE outbox SET parked_at = now() WHERE id = $1', [parked]);
    await world.pool.query(`UPDATE outbox SET published_at = now() - interval '89 days' WHERE id = $1`, [recent]);
    expect(await pruneOutbox(world.pool)).toBe(2_300);
    expect((await rows()).map((row) => row.id).sort()).toEqual([unpublished, parked, recent].sort());
    expect(await pruneOutbox(world.pool)).toBe(0);
  });

  it('may run in several replicas at once', async () => {
    await world.commit(3_000);
    const longAgo = `now() - interval '91 days'`;
    await world.pool.query(`UPDATE outbox SET created_at = ${longAgo}, published_at = ${longAgo}`);
    const deleted = await Promise.all([1, 2, 3].map(() => pruneOutbox(world.pool)));
    deleted.push(await pruneOutbox(world.pool));
    expect(deleted.reduce((sum, count) => sum + count, 0)).toBe(3_000);
    expect(await rows()).toEqual([]);
  });
});

leakCheck();
