import { EnvelopeTooLargeError, makeEnvelope, orderCompleted } from '@atlas/event-contracts';
import fc from 'fast-check';
import { maxMessageBytes, messageGroup, toWireMessage, wireBytes } from './wire-message.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

function envelopeOf(sku: string, changes: { tenantId?: string; lines?: number } = {}) {
  const line_items = Array.from({ length: changes.lines ?? 1 }, () => ({ sku, qty: 1 }));
  return makeEnvelope(
    'order.completed',
    { ...orderCompleted.versions['1.1'].example, line_items },
    {
      id: '0198c5a1-7a10-7b0e-8c1d-5e6f708192a3',
      timestamp: '2026-11-22T08:37:00.123Z',
      source: 'gateway',
      tenantId: changes.tenantId ?? 'tenant-1',
      subject: 'order-1',
      sequence: 1,
      correlationId: 'correlation-1',
      causationId: 'causation-1',
    },
  );
}

describe('toWireMessage', () => {
  it('names what filters, traces and fair queues need', () => {
    const envelope = envelopeOf('85123A');
    expect(toWireMessage(envelope, traceparent)).toEqual({
      domain: 'order',
      id: envelope.id,
      body: JSON.stringify(envelope),
      attributes: { EventType: 'order.completed', EventKey: 'order.completed.v1', TenantId: 'tenant-1', traceparent },
      groupId: 'tenant-1',
    });
  });

  it('writes only what every queue takes, and readers see the text unchanged', () => {
    // What SQS takes (SendMessage), without the astral planes, which emulators of it refuse.
    const taken = /^[\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd]*$/;
    const sku = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.oneof(sku, fc.constantFrom('\ufffe', '\uffff', '🛒 cart', '\u0000\u000b', '\ud800')), (text) => {
        const envelope = envelopeOf(text);
        const { body } = toWireMessage(envelope, traceparent);
        expect(body).toMatch(taken);
        expect(JSON.parse(body)).toEqual(envelope);
      }),
    );
  });

  it('refuses what SNS would refuse after the fact is committed: escaping made it too large', () => {
    const lines = 9_000;
    expect(wireBytes(toWireMessage(envelopeOf('x', { lines }), traceparent))).toBeLessThan(maxMessageBytes);
    expect(() => toWireMessage(envelopeOf('🛒', { lines }), traceparent)).toThrow(EnvelopeTooLargeError);
  });
});

describe('wireBytes', () => {
  it('counts body, names, types and values, as AWS does', () => {
    const message = toWireMessage(envelopeOf('café', { tenantId: 'zażółć' }), traceparent);
    const attributes = Object.entries(message.attributes).map(([name, value]) => `${name}String${value}`);
    expect(wireBytes(message)).toBe(Buffer.byteLength(message.body + attributes.join('')));
  });
});

describe('messageGroup', () => {
  it('is left out when the tenant id is not a valid group: fairness is not worth a refused message', () => {
    expect(messageGroup('0198c5a1-7a10-7b0e-8c1d-5e6f708192a3')).toBe('0198c5a1-7a10-7b0e-8c1d-5e6f708192a3');
    expect(messageGroup('acme corp')).toBeUndefined();
    expect(messageGroup('café')).toBeUndefined();
    expect(messageGroup('x'.repeat(129))).toBeUndefined();
  });
});
