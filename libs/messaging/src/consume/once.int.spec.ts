import type { HandlerContext } from '@atlas/event-contracts';
import { createRedis } from '@atlas/platform';
import { leakCheck, stackVariable, startTcpProxy } from '@atlas/testing';
import { createInbox } from '../inbox/inbox.ts';
import { completedOrder, type ConsumerWorld, createConsumerWorld, quietFor, wired } from './consumer.fixture.ts';

describe('an effect of a message', () => {
  let world: ConsumerWorld;
  beforeAll(async () => {
    world = await createConsumerWorld();
  });
  afterEach(() => world.stopConsumers());
  afterAll(() => world.close());

  it('happens once, though the handler fails after it: a retry resumes where it stopped', async () => {
    const effects: string[] = [];
    const answers: string[] = [];
    const order = completedOrder();
    await world.send(wired(order));
    await world.consume({
      'order.completed.v1': async (_event, { once, attempt }) => {
        answers.push(await once('mail', async () => void effects.push('mail')));
        if (attempt === 1) throw new Error('the feed is full');
        answers.push(await once('feed', async () => void effects.push('feed')));
      },
    });
    await world.emptied();
    expect(effects).toEqual(['mail', 'feed']);
    expect(answers).toEqual(['done', 'already-done', 'done']);
  });

  it('does not happen again when its message is redriven days later, and is remembered 16 days from then', async () => {
    const order = completedOrder();
    const key = world.inbox.effectKey('mail', order.id);
    const effects: string[] = [];
    let broken = true;
    const handlers = {
      'order.completed.v1': async (_event: unknown, { once }: HandlerContext) => {
        await once('mail', async () => void effects.push('mail'));
        if (broken) throw new Error('the rest does not work yet');
      },
    };
    await world.send(wired(order));
    await world.consume(handlers);
    await world.emptied();
    expect(await world.takeDeadLetters()).toHaveLength(1);
    // Twelve days pass.
    await world.redis.expire(key, 4 * 24 * 3600);
    broken = false;
    await world.send(wired(order));
    await world.emptied();
    expect(effects).toEqual(['mail']);
    expect(await world.redis.ttl(key)).toBeGreaterThan(15 * 24 * 3600);
    expect(await world.takeDeadLetters()).toEqual([]);
  });

  it('is for the handler to recognise when the message comes again to one that remembers, as a replay has it', async () => {
    const handled: string[] = [];
    const order = completedOrder();
    let broken = true;
    const handlers = {
      'order.completed.v1': async ({ id }: { id: string }, { attempt }: HandlerContext) => {
        if (broken) throw new Error(`attempt ${attempt} fails`);
        handled.push(`${id} ${attempt}`);
      },
    };
    await world.consume(handlers, { handlersRemember: true });
    await world.send(wired(order));
    await world.emptied();
    expect(await world.takeDeadLetters()).toHaveLength(1);
    broken = false;
    for (const times of [1, 2]) {
      await world.send(wired(order));
      await world.emptied();
      expect(handled).toEqual(Array(times).fill(`${order.id} 1`));
    }
    expect(await world.redis.exists(world.inbox.messageKey(order.id))).toBe(0);
    expect(await world.takeDeadLetters()).toEqual([]);
  });

  it('is free for the next try when it failed, and the failure counts', async () => {
    const fences: number[] = [];
    const order = completedOrder();
    await world.send(wired(order));
    await world.consume({
      'order.completed.v1': async (_event, { once }) => {
        await once('mail', async ({ fence }) => {
          fences.push(fence);
          if (fences.length < 3) throw new Error('no route to the mail server');
        });
      },
    });
    await world.emptied();
    expect(fences).toHaveLength(3);
    expect(fences).toEqual(fences.toSorted((a, b) => a - b));
    expect(new Set(fences).size).toBe(3);
  });

  it('is waited for, not failed, while another process runs it', async () => {
    const order = completedOrder();
    const attempts: number[] = [];
    await world.send(wired(order));
    await world.inbox.claim([world.inbox.effectKey('mail', order.id)], 2500);
    await world.consume({
      'order.completed.v1': async (_event, { once, attempt }) => {
        attempts.push(attempt);
        await once('mail', async () => {});
      },
    });
    await world.emptied();
    expect(attempts.length).toBeGreaterThan(1);
    expect(new Set(attempts)).toEqual(new Set([1]));
    expect(await world.takeDeadLetters()).toEqual([]);
  });

  it('keeps its lease for as long as it takes', async () => {
    const order = completedOrder();
    const key = world.inbox.effectKey('slow', order.id);
    let runs = 0;
    await world.send(wired(order));
    await world.consume({
      'order.completed.v1': async (_event, { once }) => {
        await once('slow', async () => {
          runs += 1;
          await quietFor(4000);
          const [rival] = await world.inbox.claim([key], 1000);
          expect(rival?.state).toBe('held');
        });
      },
    });
    await world.emptied();
    expect(runs).toBe(1);
    expect(await world.takeDeadLetters()).toEqual([]);
  });

  it('is marked when Redis comes back, though Redis went away while it ran', async () => {
    const proxy = await startTcpProxy(stackVariable('REDIS_URL'));
    world.defer(() => proxy.close());
    const redis = createRedis({ url: proxy.url, logger: world.logs.logger, name: 'cut' });
    world.defer(async () => void (await redis.quit()));
    const inbox = createInbox({ redis, prefix: world.prefix, service: 'notification' });
    const order = completedOrder();
    let mails = 0;
    await world.send(wired(order));
    await world.consume(
      {
        'order.completed.v1': async (_event, { once }) => {
          await once('mail', async () => {
            mails += 1;
            await proxy.cut();
            // Longer than the lease (visibility 2 s): only the fence can tell later that nobody came in between.
            setTimeout(() => void proxy.restore(), 3000);
          });
        },
      },
      { inbox, isReady: async () => (await redis.ping()) === 'PONG' },
    );
    await world.emptied(25_000);
    expect(mails).toBe(1);
    expect(await world.redis.get(world.inbox.effectKey('mail', order.id))).toBe('done');
    expect(await world.takeDeadLetters()).toEqual([]);
  });
});

leakCheck();
