import { DependencyUnavailableError } from '@atlas/platform';
import { eventually, leakCheck } from '@atlas/testing';
import { createPublisher } from '../publish/publisher.ts';
import { completedOrder, createOutboxWorld, idsOf, type OutboxWorld } from './outbox.fixture.ts';

let world: OutboxWorld;

beforeAll(async () => {
  world = await createOutboxWorld();
});

afterEach(async () => {
  await world.stopRelays();
  await world.take();
  await world.pool.query('DELETE FROM outbox');
});

afterAll(() => world.close());

const forever = new Promise<void>(() => {});

async function countWhere(condition: string): Promise<number> {
  const { rows } = await world.pool.query<{ count: number }>(`SELECT count(*)::int FROM outbox WHERE ${condition}`);
  return rows[0]!.count;
}

async function allPublished(): Promise<void> {
  await eventually(async () => expect(await countWhere('published_at IS NULL')).toBe(0), { timeoutMs: 40_000 });
}

describe('outbox relay', () => {
  it('publishes what a transaction commits, with the attributes that filters and traces read', async () => {
    await world.startRelay();
    const [id] = await world.commit(1);
    await allPublished();
    const [message, ...more] = await world.take();
    expect(more).toEqual([]);
    const envelope = JSON.parse(message!.Body!);
    expect(envelope).toMatchObject({ id, event: 'order.completed', version: '1.1', source: 'gateway', sequence: 2 });
    const { rows } = await world.pool.query('SELECT envelope, traceparent FROM outbox');
    expect(message!.Body).toBe(rows[0].envelope);
    expect(message!.MessageAttributes).toEqual({
      EventType: { DataType: 'String', StringValue: 'order.completed' },
      EventKey: { DataType: 'String', StringValue: 'order.completed.v1' },
      TenantId: { DataType: 'String', StringValue: 'tenant-1' },
      traceparent: { DataType: 'String', StringValue: rows[0].traceparent },
    });
  });

  it('is woken by the commit, not by the sweep', async () => {
    await world.startRelay({ sweepMs: 600_000 });
    await world.commit(1);
    await allPublished();
    await world.commit(3);
    await allPublished();
  });

  it('publishes nothing of a transaction that rolls back', async () => {
    await world.startRelay();
    const client = await world.pool.connect();
    await client.query('BEGIN');
    await world.outbox.add((text, values) => client.query(text, values), [completedOrder()]);
    await client.query('ROLLBACK');
    client.release();
    const [id] = await world.commit(1);
    await allPublished();
    expect(idsOf(await world.take())).toEqual([id]);
  });

  it('finds by its sweep what was committed before it lived', async () => {
    const ids = await world.commit(25);
    await world.startRelay();
    await allPublished();
    expect(idsOf(await world.take()).sort()).toEqual(ids.sort());
  });

  it('shares 2,000 rows between four relays: each is published exactly once', async () => {
    const before = world.commit(1_000, 100);
    await Promise.all(Array.from({ length: 4 }, () => world.startRelay({ batchSize: 50 })));
    const ids = [...(await before), ...(await world.commit(1_000, 20))];
    await allPublished();
    expect(idsOf(await world.take()).sort()).toEqual(ids.sort());
  });

  it('takes over the rows of a relay that died after claiming them, when their lease has run out', async () => {
    const ids = await world.commit(5);
    await world.startRelay({ leaseMs: 700, probe: (step) => (step === 'relay.claimed' ? forever : undefined) });
    await eventually(async () => expect(await countWhere('lease_until > now()')).toBe(5));
    const { rows } = await world.pool.query('SELECT min(lease_until)::text AS until FROM outbox');
    await world.startRelay();
    await allPublished();
    expect(await countWhere(`published_at < '${rows[0].until}'`)).toBe(0);
    expect(idsOf(await world.take()).sort()).toEqual(ids.sort());
  });

  it('publishes again, with the same id, what died between the answer of SNS and the mark', async () => {
    const [id] = await world.commit(1);
    let dead = false;
    const probe = (step: string) => {
      dead ||= step === 'relay.published';
      return dead ? forever : undefined;
    };
    await world.startRelay({ leaseMs: 700, probe });
    await eventually(async () => expect(idsOf(await world.take())).toEqual([id]));
    await world.startRelay();
    await allPublished();
    expect(idsOf(await world.take())).toEqual([id]);
  });

  it('sends nothing twice itself when SNS takes longer than the lease', async () => {
    const gate = Promise.withResolvers<void>();
    const send = jest.fn(() => gate.promise);
    await world.startRelay({ publisher: { send, stop: () => Promise.resolve() }, leaseMs: 100, sweepMs: 20 });
    await world.commit(1);
    const leases = new Set<string>();
    await eventually(async () => {
      const { rows } = await world.pool.query<{ lease: string }>('SELECT lease_until::text AS lease FROM outbox');
      leases.add(rows[0]!.lease);
      expect(leases.size).toBeGreaterThan(3);
    });
    gate.resolve();
    await allPublished();
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('leaves a row alone whose lease has gone to another relay meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    const failing = { send: () => gate.promise, stop: () => Promise.resolve() };
    const slow = await world.startRelay({ publisher: failing, leaseMs: 200, sweepMs: 600_000 });
    await world.commit(1);
    await eventually(async () => expect(await countWhere('lease_until < now()')).toBe(1));
    await world.startRelay({ publisher: { send: () => forever, stop: () => Promise.resolve() }, leaseMs: 600_000 });
    await eventually(async () => expect(await countWhere('lease_until > now()')).toBe(1));
    gate.reject(new DependencyUnavailableError('SNS'));
    expect(await slow.stop({ deadlineMs: 1_000 })).toEqual({ published: 0, released: 0 });
    expect(await countWhere(`lease_until > now() + interval '5 minutes'`)).toBe(1);
  });

  it('gives rows back at a stop whose deadline passes, so that another relay takes them at once', async () => {
    const stuck = { send: () => forever, stop: () => Promise.resolve() };
    const ids = await world.commit(3);
    const relay = await world.startRelay({ publisher: stuck, leaseMs: 600_000 });
    await eventually(async () => expect(await countWhere('lease_until > now()')).toBe(3));
    expect(await relay.stop({ deadlineMs: 50 })).toEqual({ published: 0, released: 3 });
    await world.startRelay();
    await allPublished();
    expect(idsOf(await world.take()).sort()).toEqual(ids.sort());
  });

  it('finishes what it holds when it is stopped in time, and takes nothing more', async () => {
    const gate = Promise.withResolvers<void>();
    const send = jest.fn(() => gate.promise);
    const relay = await world.startRelay({ publisher: { send, stop: () => Promise.resolve() } });
    await world.commit(2);
    await eventually(() => expect(send).toHaveBeenCalledTimes(2));
    const stopped = relay.stop({ deadlineMs: 10_000 });
    await world.commit(1);
    gate.resolve();
    expect(await stopped).toEqual({ published: 2, released: 0 });
    expect(await countWhere('published_at IS NULL AND lease_until IS NULL')).toBe(1);
  });

  it('measures how much waits, since when, and what is parked', async () => {
    await world.commit(3);
    await world.pool.query(
      `UPDATE outbox SET created_at = now() - interval '90 seconds', lease_until = now() + interval '1 hour'`,
    );
    await world.startRelay();
    const depth = await world.metrics.outboxDepth.get();
    const oldest = await world.metrics.outboxOldestSeconds.get();
    expect(depth.values[0]!.value).toBe(3);
    expect(oldest.values[0]!.value).toBeGreaterThanOrEqual(89);
    await world.pool.query(`UPDATE outbox SET lease_until = NULL`);
    await eventually(async () => expect((await world.metrics.outboxDepth.get()).values[0]!.value).toBe(0));
    expect((await world.metrics.outboxOldestSeconds.get()).values[0]!.value).toBe(0);
  });

  it('refuses to start on a database without the table', async () => {
    await world.pool.query('ALTER TABLE outbox RENAME TO elsewhere');
    await expect(world.startRelay()).rejects.toMatchObject({ code: 'SETUP_REQUIRED' });
    await world.pool.query('ALTER TABLE elsewhere RENAME TO outbox');
  });

  it('uses one publisher with the bus, whose stop does not park or count anything', async () => {
    const publisher = createPublisher(world.publisherOptions);
    await publisher.stop({ deadlineMs: 0 });
    await world.startRelay({ publisher });
    const [id] = await world.commit(1);
    await eventually(async () => expect(await countWhere('lease_until IS NOT NULL')).toBe(1));
    await world.stopRelays();
    expect(await countWhere('attempts > 0 OR parked_at IS NOT NULL')).toBe(0);
    await world.startRelay();
    await allPublished();
    expect(idsOf(await world.take())).toEqual([id]);
  });
});

leakCheck();
