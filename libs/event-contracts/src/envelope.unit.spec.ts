import fc from 'fast-check';
import {
  chargeSucceeded,
  composeEnvelopes,
  EnvelopeTooLargeError,
  eventCatalogue,
  eventKeyOf,
  InvalidPayloadError,
  makeEnvelope,
  maxEnvelopeBytes,
  newestVersion,
  orderCompleted,
  parseEnvelope,
  PoisonMessageError,
  UnknownEventTypeError,
} from './index.ts';

const meta = {
  id: '0198c5a1-7a10-7b0e-8c1d-5e6f708192a3',
  timestamp: '2026-11-22T08:37:00.123Z',
  source: 'gateway',
  tenantId: 'tenant-1',
  subject: 'order-1',
  sequence: 2,
  correlationId: 'request-1',
  causationId: 'request-1',
};
const payload = orderCompleted.versions['1.1'].example;
const body = (change: (envelope: Record<string, unknown>) => void = () => undefined): string => {
  const envelope = structuredClone(makeEnvelope('order.completed', payload, meta)) as Record<string, unknown>;
  change(envelope);
  return JSON.stringify(envelope);
};
const poison = (text: string): string => {
  try {
    parseEnvelope(text);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof PoisonMessageError)) throw error;
    return error.code;
  }
};

describe('makeEnvelope', () => {
  test.each(eventCatalogue.map((d) => [d.type, d] as const))(
    'makes %s readable by its consumers',
    (type, definition) => {
      const { example } = (definition.versions as Record<string, { example: object }>)[newestVersion(definition)]!;
      const envelope = makeEnvelope(type, example, meta);
      const parsed = parseEnvelope(JSON.stringify(envelope));
      expect(parsed.envelope).toEqual(envelope);
      expect(parsed.key).toBe(eventKeyOf(envelope));
    },
  );

  test('strips what the contract does not know, at every depth', () => {
    const line_items = [{ sku: 'a', qty: 1, cost: 3 }];
    const made = makeEnvelope('order.completed', { ...payload, card: '4242', line_items }, meta);
    expect(JSON.stringify(made)).not.toMatch(/4242|cost/);
  });

  test('refuses an unknown type and a payload that breaks its contract, naming every reason', () => {
    expect(() => makeEnvelope('order.exploded' as never, payload, meta)).toThrow(UnknownEventTypeError);
    const wrong = { ...payload, currency: 'pounds', line_items: [{ sku: 'a', qty: 0 }] };
    const attempt = () => makeEnvelope('order.completed', wrong, meta);
    expect(attempt).toThrow(InvalidPayloadError);
    expect(attempt).toThrow(/currency.*line_items\.0\.qty/);
  });

  test('refuses what SNS would refuse later', () => {
    const line_items = Array.from({ length: 9000 }, (_, i) => ({ sku: `stock-keeping-unit-${i}`, qty: 1 }));
    expect(() => makeEnvelope('order.completed', { ...payload, line_items }, meta)).toThrow(EnvelopeTooLargeError);
    const fits = line_items.slice(0, 5000);
    const made = makeEnvelope('order.completed', { ...payload, line_items: fits }, meta);
    expect(Buffer.byteLength(JSON.stringify(made))).toBeLessThanOrEqual(maxEnvelopeBytes);
  });
});

describe('composeEnvelopes', () => {
  const fact = { ...chargeSucceeded.versions['2.0'].example };

  test('says a fact in every major that is published, newest first, under one id', () => {
    const [newest, older, ...rest] = composeEnvelopes('charge.succeeded', fact, meta);
    expect(rest).toEqual([]);
    expect(newest).toMatchObject({
      id: meta.id,
      version: '2.0',
      payload: { amount: { cents: 4900, currency: 'EUR' } },
    });
    expect(older).toEqual({ ...newest, version: '1.0', payload: chargeSucceeded.versions['1.0'].example });
    for (const envelope of [newest, older!]) {
      const { key } = parseEnvelope(JSON.stringify(envelope));
      expect(key).toBe(`charge.succeeded.v${envelope.version[0]}`);
    }
  });

  test('the money is the same in both majors, whatever it is', () => {
    const amounts = fc.record({ cents: fc.nat(), currency: fc.stringMatching(/^[A-Z]{3}$/) });
    fc.assert(
      fc.property(amounts, (amount) => {
        const [, older] = composeEnvelopes('charge.succeeded', { ...fact, amount }, meta);
        expect(older!.payload).toMatchObject({ amount_cents: amount.cents, currency: amount.currency });
        expect(older!.payload).not.toHaveProperty('amount');
      }),
    );
  });

  test('what is private stays private in every major', () => {
    const made = composeEnvelopes('charge.succeeded', { ...fact, provider_reference: 'pi_1' }, meta);
    expect(JSON.stringify(made)).not.toContain('pi_1');
  });

  test('a fact in one major is one envelope, and a payload of an older major is refused', () => {
    expect(composeEnvelopes('order.completed', payload, meta)).toHaveLength(1);
    const old = chargeSucceeded.versions['1.0'].example;
    expect(() => composeEnvelopes('charge.succeeded', old, meta)).toThrow(InvalidPayloadError);
  });
});

describe('parseEnvelope', () => {
  test('reads an older minor and a newer one that it does not know', () => {
    const older = body((e) => {
      e['version'] = '1.0';
      e['payload'] = orderCompleted.versions['1.0'].example;
    });
    expect(parseEnvelope(older).envelope.payload).not.toHaveProperty('total_cents');
    const newer = body((e) => {
      e['version'] = '1.9';
      (e['payload'] as Record<string, unknown>)['gift'] = true;
    });
    expect(parseEnvelope(newer).envelope.payload).not.toHaveProperty('gift');
  });

  test('says why a message is poison', () => {
    expect(poison('{')).toBe('BAD_JSON');
    expect(poison('')).toBe('BAD_JSON');
    expect(poison(Buffer.from(body(), 'utf8').toString('base64'))).toBe('BAD_JSON');
    for (const text of ['null', '[]', '"x"', '7', '{}']) expect(poison(text)).toBe('BAD_ENVELOPE');
    expect(poison(body((e) => delete e['tenant_id']))).toBe('BAD_ENVELOPE');
    expect(poison(body((e) => (e['id'] = 'not-a-uuid')))).toBe('BAD_ENVELOPE');
    expect(poison(body((e) => (e['event'] = 'order.exploded')))).toBe('UNKNOWN_EVENT');
    expect(poison(body((e) => (e['event'] = '__proto__')))).toBe('UNKNOWN_EVENT');
    for (const version of ['2.0', '0.9', '1', 'v1', '1.0.0', '', '1.x', '١.٠']) {
      expect(poison(body((e) => (e['version'] = version)))).toBe('UNKNOWN_VERSION');
    }
    expect(poison(body((e) => (e['payload'] = {})))).toBe('SCHEMA_VIOLATION');
    expect(poison(body((e) => ((e['payload'] as Record<string, unknown>)['total'] = 12.5)))).toBe('SCHEMA_VIOLATION');
    expect(poison(`"${'x'.repeat(300_000)}"`)).toBe('TOO_LARGE');
  });

  test('never throws anything but PoisonMessageError', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => poison(text) !== 'accepted'));
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(JSON.parse(body()))), fc.jsonValue(), (field, value) => {
        poison(body((envelope) => (envelope[field] = value)));
      }),
    );
  });
});
