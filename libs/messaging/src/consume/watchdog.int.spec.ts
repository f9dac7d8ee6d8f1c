import { eventually, leakCheck, stackVariable, startTcpProxy } from '@atlas/testing';
import {
  completedOrder,
  type ConsumerWorld,
  createConsumerWorld,
  quietFor,
  sqsThrough,
  wired,
} from './consumer.fixture.ts';

describe('the watchdog', () => {
  let world: ConsumerWorld;
  beforeAll(async () => {
    world = await createConsumerWorld();
  });
  afterEach(() => world.stopConsumers());
  afterAll(() => world.close());

  it('begins anew when a poll is never answered, and says so', async () => {
    const proxy = await startTcpProxy(stackVariable('AWS_ENDPOINT_URL'));
    world.defer(() => proxy.close());
    const sqs = await sqsThrough(proxy.url);
    world.defer(() => sqs.destroy());
    const handled: string[] = [];
    const handlers = { 'order.completed.v1': async ({ id }: { id: string }) => void handled.push(id) };
    const consumer = await world.consume(handlers, { sqs, stallGraceMs: 500 });
    await eventually(() => expect(consumer.state()).toBe('running'));
    proxy.freeze();
    const stalls = async () => (await world.metrics.receiveStalls.get()).values[0]?.value ?? 0;
    await eventually(async () => expect(await stalls()).toBeGreaterThan(0), { timeoutMs: 5000 });
    expect(world.logs.lines).toContainEqual(expect.objectContaining({ event: 'receive_stalled', level: 'error' }));
    await proxy.restore();
    const order = completedOrder();
    await world.send(wired(order));
    await eventually(() => expect(handled).toEqual([order.id]));
    await world.emptied();
  });

  it('leaves a long poll alone that only waits for messages', async () => {
    const consumer = await world.consume({}, { waitTimeSeconds: 2, stallGraceMs: 500 });
    const before = (await world.metrics.receiveStalls.get()).values[0]?.value ?? 0;
    await quietFor(3500);
    expect((await world.metrics.receiveStalls.get()).values[0]?.value ?? 0).toBe(before);
    expect(consumer.state()).toBe('running');
  });
});

leakCheck();
