import { eventually, leakCheck } from '@atlas/testing';
import { createServiceConsumers } from './service-consumers.ts';
import { completedOrder, type ConsumerWorld, createConsumerWorld, wired } from './consumer.fixture.ts';

describe('stopping a consumer', () => {
  let world: ConsumerWorld;
  beforeAll(async () => {
    world = await createConsumerWorld({ visibilitySeconds: 20 });
  });
  afterEach(() => world.stopConsumers());
  afterAll(() => world.close());

  it('finishes what is in hand, and resolves when no handler runs', async () => {
    const orders = Array.from({ length: 5 }, () => completedOrder());
    const release = Promise.withResolvers<void>();
    let running = 0;
    await world.send(...orders.map((order) => wired(order)));
    const consumer = await world.consume({
      'order.completed.v1': async () => {
        running += 1;
        await release.promise;
        running -= 1;
      },
    });
    await eventually(() => expect(running).toBe(5));
    const stopped = consumer.stop({ deadlineMs: 10_000 });
    setTimeout(() => release.resolve(), 100);
    expect(await stopped).toEqual({ drained: 5, givenBack: 0, abandoned: 0 });
    expect(running).toBe(0);
    expect(await world.queued()).toBe(0);
  });

  it('aborts at the deadline what does not finish, and gives it back at once', async () => {
    const order = completedOrder();
    const started = Promise.withResolvers<void>();
    const reasons: unknown[] = [];
    let runs = 0;
    await world.send(wired(order));
    const consumer = await world.consume({
      'order.completed.v1': async (_event, { signal }) => {
        runs += 1;
        if (runs > 1) return;
        started.resolve();
        await new Promise<void>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(signal.reason as Error);
          });
        });
      },
    });
    await started.promise;
    const stoppedAt = Date.now();
    expect(await consumer.stop({ deadlineMs: 1500 })).toEqual({ drained: 0, givenBack: 1, abandoned: 0 });
    expect(reasons).toMatchObject([{ code: 'CONSUMER_STOPPING' }]);
    await world.consume({ 'order.completed.v1': async () => void (runs += 1) });
    await world.emptied();
    // Not after 20 s of visibility timeout: it was given back, its lease was released, and the failure count is untouched.
    expect(Date.now() - stoppedAt).toBeLessThan(10_000);
    expect(runs).toBe(2);
    expect(await world.takeDeadLetters()).toEqual([]);
  });

  it('takes the result of a handler that succeeds after the deadline, rather than do it twice', async () => {
    const order = completedOrder();
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await world.send(wired(order));
    const consumer = await world.consume({
      'order.completed.v1': async () => {
        started.resolve();
        await release.promise;
      },
    });
    await started.promise;
    const stopped = consumer.stop({ deadlineMs: 1500 });
    setTimeout(() => release.resolve(), 2000);
    expect(await stopped).toEqual({ drained: 1, givenBack: 0, abandoned: 0 });
    expect(await world.queued()).toBe(0);
  });

  it('gives back what was received and not begun', async () => {
    const orders = Array.from({ length: 6 }, () => completedOrder());
    const handled: string[] = [];
    await world.send(...orders.map((order) => wired(order)));
    const waiting = await world.consume({
      'order.completed.v1': { maxBatch: 50, lingerMs: 60_000, handleBatch: async () => ({ failed: [] }) },
    });
    await eventually(async () => expect(await world.redis.exists(...keysOf(orders))).toBe(6));
    expect(await waiting.stop({ deadlineMs: 5000 })).toEqual({ drained: 0, givenBack: 6, abandoned: 0 });
    await world.consume({ 'order.completed.v1': async ({ id }) => void handled.push(id) });
    await world.emptied();
    expect(handled.toSorted()).toEqual(orders.map(({ id }) => id).toSorted());
  });

  it('gives back what a long poll brings after the stop has begun', async () => {
    const consumer = await world.consume({ 'order.completed.v1': async () => {} });
    await eventually(() => expect(consumer.state()).toBe('running'));
    const stopped = consumer.stop({ deadlineMs: 5000 });
    await world.send(wired(completedOrder()));
    expect(await stopped).toEqual({ drained: 0, givenBack: 1, abandoned: 0 });
    await world.consume({ 'order.completed.v1': async () => {} });
    await world.emptied();
  });

  it('stops all consumers of a service, and before they have started too', async () => {
    const options = {
      ...{
        sqs: world.sqs,
        prefix: world.prefix,
        inbox: world.inbox,
        metrics: world.metrics,
        logger: world.logs.logger,
      },
      ...{ service: 'notification' as const, isReady: async () => true, waitTimeSeconds: 0 },
    };
    const nothing = async () => {};
    const handlers = {
      ...{ 'user.registered.v1': nothing, 'order.completed.v1': nothing, 'charge.failed.v1': nothing },
      ...{ 'charge.reversed.v1': nothing, 'subscription.activated.v1': nothing, 'subscription.changed.v1': nothing },
    };
    const consumers = createServiceConsumers({ ...options, handlers });
    expect(consumers.state()).toBe('stopped');
    await consumers.start();
    await eventually(() => expect(consumers.state()).toBe('running'));
    await world.send(wired(completedOrder()));
    await world.emptied();
    await consumers.stop({ deadlineMs: 2000 });
    expect(consumers.state()).toBe('stopped');
    const never = createServiceConsumers({ ...options, handlers, prefix: `${world.prefix}-nowhere` });
    await expect(never.start()).rejects.toThrow(/does not exist/);
    await never.stop({ deadlineMs: 100 });
  });

  const keysOf = (orders: readonly { id: string }[]) => orders.map(({ id }) => world.inbox.messageKey(id));
});

leakCheck();
