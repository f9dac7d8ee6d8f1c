import { eventually, leakCheck } from '@atlas/testing';
import { completedOrder, type ConsumerWorld, createConsumerWorld, wired } from './consumer.fixture.ts';

describe('a batch handler', () => {
  let world: ConsumerWorld;
  beforeAll(async () => {
    world = await createConsumerWorld();
  });
  afterEach(() => world.stopConsumers());
  afterAll(() => world.close());

  it('gets messages of several receives at once, up to its size, and the rest after its linger time', async () => {
    const orders = Array.from({ length: 60 }, () => completedOrder());
    const sizes: number[] = [];
    await world.send(...orders.map((order) => wired(order)));
    await world.consume({
      'order.completed.v1': {
        maxBatch: 25,
        lingerMs: 300,
        handleBatch: async (items) => {
          sizes.push(items.length);
          return { failed: [] };
        },
      },
    });
    await world.emptied();
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(60);
    expect(Math.max(...sizes)).toBe(25);
    expect(sizes.length).toBeLessThanOrEqual(5);
  });

  it('fails only the messages that it names, and they come again', async () => {
    const orders = Array.from({ length: 10 }, () => completedOrder());
    const bad = new Set(orders.slice(0, 3).map(({ id }) => id));
    const tries = new Map<string, number>();
    await world.send(...orders.map((order) => wired(order)));
    await world.consume({
      'order.completed.v1': {
        maxBatch: 10,
        handleBatch: async (items) => {
          for (const { event } of items) tries.set(event.id, (tries.get(event.id) ?? 0) + 1);
          const failed = items.filter(({ event, context }) => bad.has(event.id) && context.attempt < 2);
          return { failed: failed.map(({ event }) => ({ id: event.id, error: new Error('not this one') })) };
        },
      },
    });
    await world.emptied();
    expect(orders.map(({ id }) => tries.get(id))).toEqual([2, 2, 2, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('that throws fails all of them, and each is dead-lettered with the reason after three times', async () => {
    const orders = Array.from({ length: 4 }, () => completedOrder());
    let runs = 0;
    await world.send(...orders.map((order) => wired(order)));
    await world.consume({
      'order.completed.v1': {
        maxBatch: 10,
        handleBatch: async () => {
          runs += 1;
          throw new RangeError('the whole batch');
        },
      },
    });
    await world.emptied();
    const dead = await world.takeDeadLetters();
    expect(dead.map(({ letter }) => letter?.error_class)).toEqual(Array(4).fill('RangeError'));
    expect(dead.map(({ letter }) => letter?.handler)).toEqual(Array(4).fill('order.completed.v1'));
    expect(runs).toBeGreaterThanOrEqual(3);
  });

  it('keeps messages that wait for a fuller batch hidden from others', async () => {
    const order = completedOrder();
    let runs = 0;
    await world.send(wired(order));
    const handlers = {
      'order.completed.v1': {
        maxBatch: 10,
        lingerMs: 4500,
        handleBatch: async () => {
          runs += 1;
          return { failed: [] };
        },
      },
    };
    await Promise.all([world.consume(handlers), world.consume(handlers)]);
    // The visibility timeout is 2 s, less than half of the linger time.
    await eventually(() => expect(runs).toBe(1));
    await world.emptied();
    expect(runs).toBe(1);
  });
});

leakCheck();
