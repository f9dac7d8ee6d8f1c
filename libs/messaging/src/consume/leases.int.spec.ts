import { DependencyUnavailableError } from '@atlas/platform';
import { eventually, leakCheck } from '@atlas/testing';
import type { Inbox } from '../inbox/inbox.ts';
import { completedOrder, type ConsumerWorld, createConsumerWorld, quietFor, wired } from './consumer.fixture.ts';

describe('the lease of a message', () => {
  let world: ConsumerWorld;
  beforeAll(async () => {
    world = await createConsumerWorld({ visibilitySeconds: 2 });
  });
  afterEach(() => world.stopConsumers());
  afterAll(() => world.close());

  it('lets one of two consumers handle a message that both get at the same moment', async () => {
    const orders = Array.from({ length: 20 }, () => completedOrder());
    const effects: string[] = [];
    const asked = new Map<string, number>();
    const inbox: Inbox = {
      ...world.inbox,
      async claim(keys, leaseMs) {
        const claims = await world.inbox.claim(keys, leaseMs);
        for (const key of keys) asked.set(key, (asked.get(key) ?? 0) + 1);
        return claims;
      },
    };
    const handlers = {
      'order.completed.v1': async ({ id }: { id: string }) => {
        effects.push(id);
        // Not before both have asked for it: otherwise the second would find it done, not held.
        await eventually(() => expect(asked.get(inbox.messageKey(id))).toBeGreaterThanOrEqual(2));
      },
    };
    // Every message twice, as a relay that died before it could note the first copy publishes it: four to each consumer.
    for (let at = 0; at < orders.length; at += 4) {
      const four = orders.slice(at, at + 4).map((order) => wired(order));
      await world.send(...four, ...four);
    }
    await Promise.all([1, 2].map(() => world.consume(handlers, { maxInFlight: 4, inbox })));
    await world.emptied(25_000);
    expect(effects.toSorted()).toEqual(orders.map(({ id }) => id).toSorted());
    expect(await world.takeDeadLetters()).toEqual([]);
  });

  it('lets another finish the message when its first consumer dies', async () => {
    const order = completedOrder();
    const handled: string[] = [];
    await world.send(wired(order));
    // What a process leaves behind that was killed after its claim: a lease, and a message that is still hidden.
    const [claim] = await world.inbox.claim([world.inbox.messageKey(order.id)], 1500);
    expect(claim?.state).toBe('claimed');
    const startedAt = Date.now();
    await world.consume({ 'order.completed.v1': async (event) => void handled.push(event.id) });
    await world.emptied();
    expect(handled).toEqual([order.id]);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1400);
  });

  it('is renewed, with the visibility of the message, for as long as the handler takes', async () => {
    const order = completedOrder();
    const handled: string[] = [];
    const release = Promise.withResolvers<void>();
    const handlers = {
      'order.completed.v1': async (event: { id: string }) => {
        handled.push(event.id);
        await release.promise;
      },
    };
    await world.send(wired(order));
    const first = await world.consume(handlers);
    await eventually(() => expect(handled).toEqual([order.id]));
    const second = await world.consume(handlers);
    // Two and a half times the visibility timeout: without a heartbeat somebody else would have it by now.
    await quietFor(5000);
    release.resolve();
    await world.emptied();
    expect(handled).toEqual([order.id]);
    await Promise.all([first, second].map((consumer) => consumer.stop({ deadlineMs: 2000 })));
  });

  it('aborts the handler when another has taken it, and the message is neither marked nor deleted by the loser', async () => {
    const order = completedOrder();
    const key = world.inbox.messageKey(order.id);
    const aborted = Promise.withResolvers<unknown>();
    let runs = 0;
    await world.send(wired(order));
    await world.consume({
      'order.completed.v1': async (_event, { signal }) => {
        runs += 1;
        if (runs > 1) return;
        signal.addEventListener('abort', () => aborted.resolve(signal.reason));
        // Somebody else claims the message, as after a pause of this process that was longer than the lease.
        await world.redis.del(key);
        await world.inbox.claim([key], 1000);
        await aborted.promise;
      },
    });
    await expect(aborted.promise).resolves.toMatchObject({ code: 'LEASE_LOST' });
    expect(world.logs.lines).toContainEqual(
      expect.objectContaining({ event: 'lease_lost', id: order.id, msg: expect.stringContaining('has taken over') }),
    );
    expect(await world.redis.get(key)).not.toBe('done');
    expect(await world.queued()).toBe(1);
    await world.emptied();
    expect(runs).toBe(2);
    expect(await world.redis.get(key)).toBe('done');
  });

  it('may have ended when the handler has: what nobody else had meanwhile is done, unless the handler listened to its signal', async () => {
    const [plain, taken, listening] = [completedOrder(), completedOrder(), completedOrder()];
    const runs: string[] = [];
    const inbox: Inbox = { ...world.inbox, renew: () => Promise.reject(new DependencyUnavailableError('redis')) };
    await world.send(...[plain, taken, listening].map((order) => wired(order)));
    await world.consume(
      {
        'order.completed.v1': async ({ id }, context) => {
          runs.push(id);
          if (runs.filter((run) => run === id).length > 1) return;
          // Asking is listening: it may have given up half-way when the lease ended.
          if (id === listening.id) expect(context.signal.aborted).toBe(false);
          const isLost = () => world.logs.lines.some((line) => line['event'] === 'lease_lost' && line['id'] === id);
          await eventually(isLost);
          if (id === taken.id) await world.inbox.claim([world.inbox.messageKey(id)], 500);
        },
      },
      { inbox },
    );
    await world.emptied();
    expect(runs.toSorted()).toEqual([plain, taken, taken, listening, listening].map(({ id }) => id).toSorted());
    expect(await world.takeDeadLetters()).toEqual([]);
  });

  it('is free at once after a failure, so that the next try does not wait for it', async () => {
    const order = completedOrder();
    const times: number[] = [];
    await world.send(wired(order));
    await world.consume(
      {
        'order.completed.v1': async () => {
          times.push(Date.now());
          if (times.length === 1) throw new Error('hiccup');
        },
      },
      { visibilityTimeoutSeconds: 20 },
    );
    await world.emptied();
    expect(times[1]! - times[0]!).toBeLessThan(10_000);
  });
});

leakCheck();
