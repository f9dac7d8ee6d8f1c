import { createRedis, DependencyUnavailableError, SetupError } from '@atlas/platform';
import { eventually, leakCheck, stackVariable, startTcpProxy } from '@atlas/testing';
import { createInbox } from '../inbox/inbox.ts';
import {
  completedOrder,
  type ConsumerWorld,
  createConsumerWorld,
  quietFor,
  sqsThrough,
  wired,
} from './consumer.fixture.ts';

/** Nothing that these tests do may be counted as a failure or reach the dead-letter queue. */
describe('an outage', () => {
  let world: ConsumerWorld;
  beforeAll(async () => {
    world = await createConsumerWorld({ visibilitySeconds: 3 });
  });
  afterEach(async () => {
    await world.stopConsumers();
    expect(await world.takeDeadLetters()).toEqual([]);
    expect(await world.metric('failed')).toBe(0);
  });
  afterAll(() => world.close());

  it('of Redis: nothing is handled without a claim, consuming pauses, and goes on by itself', async () => {
    const proxy = await startTcpProxy(stackVariable('REDIS_URL'));
    world.defer(() => proxy.close());
    const redis = createRedis({ url: proxy.url, logger: world.logs.logger, name: 'outage' });
    world.defer(async () => void (await redis.quit()));
    const inbox = createInbox({ redis, prefix: world.prefix, service: 'notification' });
    const isReady = async () => (await redis.ping()) === 'PONG';
    const handled: string[] = [];
    const orders = Array.from({ length: 120 }, () => completedOrder());
    const handler = async (event: { id: string }) => {
      handled.push(event.id);
      if (handled.length === 30) await proxy.cut();
    };
    await world.send(...orders.map((order) => wired(order)));
    const consumer = await world.consume({ 'order.completed.v1': handler }, { inbox, isReady, maxInFlight: 20 });
    await eventually(() => expect([handled.length >= 30, consumer.state()]).toEqual([true, 'paused']));
    const atOutage = handled.length;
    expect(atOutage).toBeLessThan(120);
    await quietFor(2000);
    expect(handled.length).toBe(atOutage);
    await proxy.restore();
    await eventually(() => expect(new Set(handled).size).toBe(120), { timeoutMs: 20_000 });
    await world.emptied();
    expect(consumer.state()).toBe('running');
    // What had run but could not be marked in time may run again; that is what the marks of its effects are for.
    expect(handled.length).toBeLessThanOrEqual(120 + 20);
  });

  it('that a handler meets: its message is given back, and polling waits for readiness', async () => {
    let reachable = false;
    let tries = 0;
    const attempts = new Set<number>();
    const order = completedOrder();
    const consumer = await world.consume(
      {
        'order.completed.v1': async (_event, { attempt }) => {
          tries += 1;
          attempts.add(attempt);
          if (!reachable) throw new Error('could not store', { cause: new DependencyUnavailableError('dynamodb') });
        },
      },
      { isReady: async () => reachable || tries === 0 },
    );
    await world.send(wired(order));
    await eventually(() => expect([tries, consumer.state()]).toEqual([1, 'paused']));
    await quietFor(2500);
    expect(tries).toBe(1);
    reachable = true;
    await world.emptied();
    expect(tries).toBe(2);
    expect(attempts).toEqual(new Set([1]));
  });

  it('that readiness does not see costs few receives, because message and consumer wait longer each time', async () => {
    let reachable = false;
    let tries = 0;
    await world.send(wired(completedOrder()));
    await world.consume({
      'order.completed.v1': async () => {
        tries += 1;
        if (!reachable) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      },
    });
    await quietFor(7000);
    // After 1, 2 and 5 seconds and a quarter more at most: never a fifth receive in 8 seconds.
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThanOrEqual(4);
    reachable = true;
    await world.emptied(20_000);
  });

  it('of the queue service: polling pauses and goes on, from the first moment on', async () => {
    const proxy = await startTcpProxy(stackVariable('AWS_ENDPOINT_URL'));
    world.defer(() => proxy.close());
    const sqs = await sqsThrough(proxy.url);
    world.defer(() => sqs.destroy());
    await proxy.cut();
    const handled: string[] = [];
    const consumer = await world.consume({ 'order.completed.v1': async ({ id }) => void handled.push(id) }, { sqs });
    await eventually(() => expect(consumer.state()).toBe('paused'));
    await world.send(wired(completedOrder()));
    await proxy.restore();
    await world.emptied();
    await proxy.cut();
    await eventually(() => expect(consumer.state()).toBe('paused'));
    await world.send(wired(completedOrder()));
    await proxy.restore();
    await world.emptied();
    expect(handled).toHaveLength(2);
  });

  it('is not what a missing queue is: the start says so', async () => {
    const missing = world.consumer({}, { queueUrl: `${world.queueUrl}-nowhere` });
    await expect(missing.start()).rejects.toThrow(SetupError);
    await expect(missing.start()).rejects.toThrow('A consumer is started once');
  });
});

leakCheck();
