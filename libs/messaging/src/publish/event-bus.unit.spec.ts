import { chargeSucceeded, orderCompleted, type EventType } from '@atlas/event-contracts';
import { runWithContext, traceIdOf } from '@atlas/platform';
import { createEventBus } from './event-bus.ts';
import type { OutgoingEvent } from './outgoing-event.ts';
import type { WireMessage } from './wire-message.ts';

const payload = {
  ...orderCompleted.versions['1.1'].example,
  line_items: [{ sku: '85123A', qty: 6, unit_price_cents: 455 }],
};
const meta = { tenantId: 'tenant-1', subject: 'order-1', sequence: 2 };

function bus(refuse: (message: WireMessage) => boolean = () => false) {
  const sent: WireMessage[] = [];
  let next = 0;
  const publisher = {
    async send(message: WireMessage) {
      if (refuse(message)) throw new Error(`refused ${message.id}`);
      sent.push(message);
    },
    stop: () => Promise.resolve(),
  };
  const newId = () => `0198c5a1-7a10-7b0e-8c1d-${String(++next).padStart(12, '0')}`;
  const clock = () => new Date('2026-11-22T08:37:00.123Z');
  return { sent, ...createEventBus({ publisher, source: 'gateway', clock, newId }) };
}

const bodyOf = (message: WireMessage | undefined) => JSON.parse(message!.body);

describe('EventBus.publish', () => {
  it('sends a complete envelope in the newest version and answers with its id', async () => {
    const { publish, sent } = bus();
    const { id } = await publish('order.completed', payload, meta);
    expect(bodyOf(sent[0])).toEqual({
      ...{ id, event: 'order.completed', version: '1.1', timestamp: '2026-11-22T08:37:00.123Z', source: 'gateway' },
      ...{ tenant_id: 'tenant-1', subject: 'order-1', sequence: 2, correlation_id: id, causation_id: id, payload },
    });
  });

  it('continues the trace and the ids of what is being handled', async () => {
    const { publish, sent } = bus();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await runWithContext({ correlationId: 'request-1', causationId: 'message-1', traceparent }, () =>
      publish('order.completed', payload, meta),
    );
    expect(bodyOf(sent[0])).toMatchObject({ correlation_id: 'request-1', causation_id: 'message-1' });
    expect(traceIdOf(sent[0]!.attributes.traceparent)).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(sent[0]!.attributes.traceparent).not.toBe(traceparent);
  });

  it('refuses an unknown type and a payload that breaks its contract before anything is sent', async () => {
    const { publish, sent } = bus();
    const unknown = publish('order.exploded' as EventType, payload as never, meta);
    await expect(unknown).rejects.toMatchObject({ code: 'UNKNOWN_EVENT_TYPE' });
    const broken = publish('order.completed', { ...payload, currency: 'pounds' }, meta);
    await expect(broken).rejects.toMatchObject({
      code: 'INVALID_PAYLOAD',
      message: expect.stringContaining('currency'),
    });
    expect(sent).toEqual([]);
  });

  it('strips what the contract does not know, so that private data cannot leak', async () => {
    const { publish, sent } = bus();
    await publish('order.completed', { ...payload, card_number: '4242' } as typeof payload, meta);
    expect(sent[0]!.body).not.toContain('4242');
  });
});

describe('while two majors are published', () => {
  const fact = chargeSucceeded.versions['2.0'].example;

  it('sends a fact in both, under one id and in one trace', async () => {
    const { publish, sent } = bus();
    const { id } = await publish('charge.succeeded', { ...fact }, meta);
    expect(sent.map((message) => message.attributes.EventKey)).toEqual(['charge.succeeded.v2', 'charge.succeeded.v1']);
    expect(sent.map((message) => message.id)).toEqual([id, id]);
    expect(new Set(sent.map((message) => message.attributes.traceparent)).size).toBe(1);
    expect(bodyOf(sent[1])).toEqual({
      ...bodyOf(sent[0]),
      version: '1.0',
      payload: chargeSucceeded.versions['1.0'].example,
    });
  });

  it('names a fact once that was not accepted in both', async () => {
    const { publishAll } = bus((message) => message.attributes.EventKey === 'charge.succeeded.v1');
    const charge: OutgoingEvent = { type: 'charge.succeeded', payload: { ...fact }, meta };
    await expect(publishAll([charge])).rejects.toMatchObject({ failedIds: [expect.any(String)] });
  });
});

describe('EventBus.publishAll', () => {
  const order = (changes: object = {}): OutgoingEvent => ({
    type: 'order.completed',
    payload: { ...payload, ...changes },
    meta,
  });

  it('answers with the ids in order', async () => {
    const { publishAll, sent } = bus();
    const ids = await publishAll([order(), order(), order()]);
    expect(ids.map(({ id }) => id)).toEqual(sent.map(({ id }) => id));
  });

  it('sends none when one of them is not valid', async () => {
    const { publishAll, sent } = bus();
    await expect(publishAll([order(), order({ total: 12.5 })])).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
    expect(sent).toEqual([]);
  });

  it('says which were not accepted', async () => {
    const refused = '0198c5a1-7a10-7b0e-8c1d-000000000002';
    const { publishAll, sent } = bus((message) => message.id === refused);
    await expect(publishAll([order(), order(), order()])).rejects.toMatchObject({
      code: 'PARTIAL_PUBLISH',
      failedIds: [refused],
    });
    expect(sent).toHaveLength(2);
  });
});
