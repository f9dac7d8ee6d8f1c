import type { HandlerContext } from '@atlas/event-contracts';
import { currentContext, newTraceparent, traceIdOf } from '@atlas/platform';
import { eventually, leakCheck } from '@atlas/testing';
import { DomainRejectionError } from '../errors.ts';
import { completedOrder, type ConsumerWorld, createConsumerWorld, wired } from './consumer.fixture.ts';

describe('a consumer', () => {
  let world: ConsumerWorld;
  beforeAll(async () => {
    world = await createConsumerWorld();
  });
  afterEach(() => world.stopConsumers());
  afterAll(() => world.close());

  it('handles each message once, marks it done, and deletes it', async () => {
    const orders = Array.from({ length: 250 }, () => completedOrder());
    await world.send(...orders.map((order) => wired(order)));
    const handled: string[] = [];
    await world.consume({ 'order.completed.v1': async (event) => void handled.push(event.id) });
    await world.emptied();
    expect(handled.toSorted()).toEqual(orders.map(({ id }) => id).toSorted());
    expect(await world.redis.get(world.inbox.messageKey(orders[0]!.id))).toBe('done');
    expect(await world.redis.ttl(world.inbox.messageKey(orders[0]!.id))).toBeGreaterThan(15 * 24 * 3600);
    expect(await world.takeDeadLetters()).toEqual([]);
  });

  it('deletes without its handler what was handled before', async () => {
    const order = completedOrder();
    const handled: string[] = [];
    await world.send(wired(order));
    await world.consume({ 'order.completed.v1': async (event) => void handled.push(event.id) });
    await world.emptied();
    await world.send(wired(order), wired(order));
    await world.emptied();
    expect(handled).toEqual([order.id]);
  });

  it('gives the handler the typed event, its attempt, and the context of the message', async () => {
    const order = completedOrder();
    const traceparent = newTraceparent();
    const seen: { context?: HandlerContext; ambient?: ReturnType<typeof currentContext> } = {};
    await world.send(wired(order, traceparent));
    await world.consume({
      'order.completed.v1': async (event, context) => {
        expect(event.payload.total_cents).toBe(3745);
        Object.assign(seen, { context, ambient: { ...currentContext() } });
      },
    });
    await world.emptied();
    expect(seen.context?.attempt).toBe(1);
    expect(seen.context?.signal.aborted).toBe(false);
    expect(traceIdOf(seen.context?.traceparent)).toBe(traceIdOf(traceparent));
    expect(seen.context?.traceparent).not.toBe(traceparent);
    expect(seen.ambient).toEqual({
      correlationId: order.correlation_id,
      causationId: order.id,
      tenantId: order.tenant_id,
      traceparent: seen.context?.traceparent,
    });
  });

  it('dead-letters with the reason after three failures of the handler, and counts only those', async () => {
    const order = completedOrder();
    const traceparent = newTraceparent();
    const attempts: number[] = [];
    const failedBefore = await world.metric('failed');
    await world.send(wired(order, traceparent));
    await world.consume({
      'order.completed.v1': async function onOrderCompleted(_event, { attempt }) {
        attempts.push(attempt);
        throw Object.assign(new TypeError(`mailbox of ${attempt} is full`), { code: 'MAILBOX_FULL' });
      },
    });
    await world.emptied();
    const [dead, ...others] = await world.takeDeadLetters();
    expect(others).toEqual([]);
    expect(attempts).toEqual([1, 2, 3]);
    expect(await world.metric('failed')).toBe(failedBefore + 3);
    expect(dead?.body).toBe(wired(order).body);
    expect(Object.keys(dead?.attributes ?? {}).toSorted()).toEqual(
      ['DeadLetter', 'EventKey', 'EventType', 'TenantId', 'traceparent'].toSorted(),
    );
    expect(dead?.letter).toMatchObject({
      ...{ error_class: 'TypeError', code: 'MAILBOX_FULL', message: 'mailbox of 3 is full', attempts: 3 },
      ...{ handler: 'onOrderCompleted', service: 'notification', queue: world.queueName, tenant_id: 'tenant-1' },
      ...{ trace_id: traceIdOf(traceparent), event_type: 'order.completed' },
      fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    expect(Date.parse(dead!.letter!.first_failed_at)).toBeLessThan(Date.parse(dead!.letter!.last_failed_at));
    expect(world.logs.lines).toContainEqual(
      expect.objectContaining({
        ...{ event: 'dead_lettered', level: 'error', id: order.id, reason: 'MAILBOX_FULL', queue: world.queueName },
        ...{ event_type: 'order.completed', message: 'mailbox of 3 is full', fingerprint: dead?.letter?.fingerprint },
      }),
    );
  });

  it('starts counting anew when a dead letter is sent again', async () => {
    const order = completedOrder();
    const attempts: number[] = [];
    await world.send(wired(order));
    await world.consume({
      'order.completed.v1': async (_event, { attempt }) => {
        attempts.push(attempt);
        if (attempts.length <= 4) throw new Error('not yet');
      },
    });
    await world.emptied();
    expect(await world.takeDeadLetters()).toHaveLength(1);
    await world.send(wired(order));
    await world.emptied();
    expect(attempts).toEqual([1, 2, 3, 1, 2]);
    expect(await world.takeDeadLetters()).toEqual([]);
  });

  it('succeeds after failures without leaving a dead letter', async () => {
    const order = completedOrder();
    const attempts: number[] = [];
    await world.send(wired(order));
    await world.consume({
      'order.completed.v1': async (_event, { attempt }) => {
        attempts.push(attempt);
        if (attempt < 3) throw new Error('hiccup');
      },
    });
    await world.emptied();
    expect(attempts).toEqual([1, 2, 3]);
    expect(await world.takeDeadLetters()).toEqual([]);
  });

  it('dead-letters at once what the domain rejects, and what it has no handler for', async () => {
    const [rejected, unhandled] = [completedOrder(), completedOrder()];
    let runs = 0;
    await world.send(wired(rejected));
    const consumer = await world.consume({
      'order.completed.v1': async () => {
        runs += 1;
        throw new Error('wrapped', { cause: new DomainRejectionError('an order without lines') });
      },
    });
    await world.emptied();
    await consumer.stop({ deadlineMs: 1000 });
    await world.send(wired(unhandled));
    await world.consume({});
    await world.emptied();
    const dead = await world.takeDeadLetters();
    expect(runs).toBe(1);
    expect(dead.map(({ letter }) => letter?.code).toSorted()).toEqual(['DOMAIN_REJECTION', 'UNKNOWN_HANDLER']);
  });

  it('says what it does: running, paused, stopped', async () => {
    let ready = false;
    const consumer = world.consumer({}, { isReady: async () => ready });
    expect(consumer.state()).toBe('stopped');
    await consumer.start();
    expect(consumer.state()).toBe('paused');
    ready = true;
    await eventually(() => expect(consumer.state()).toBe('running'));
    await consumer.stop({ deadlineMs: 2000 });
    expect(consumer.state()).toBe('stopped');
  });
});

leakCheck();
