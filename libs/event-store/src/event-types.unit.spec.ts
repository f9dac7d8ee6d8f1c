import fc from 'fast-check';
import { z } from 'zod';
import { leakCheck } from '@atlas/testing';
import { InvalidEventError, UnreadableEventError } from './errors.ts';
import { createEventCodec, defineEventTypes } from './event-types.ts';
import { added, spent, walletEvents } from './wallet.fixture.ts';

const codec = createEventCodec(walletEvents);

const stored = (type: string, schemaVersion: number, payload: object) => ({
  ...{ streamId: 'w1', version: 7, timestamp: '2026-11-22T08:37:00.123Z' },
  ...{ type, schemaVersion, payload: JSON.stringify(payload) },
});

describe('event codec', () => {
  it('reads what it wrote, whatever the text', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '\uffff', '__proto__'));
    fc.assert(
      fc.property(fc.integer({ min: 1 }), text, (cents, note) => {
        const event = added(cents, note);
        const { schemaVersion, payload } = codec.write(event);
        expect(codec.read(stored(event.type, schemaVersion, JSON.parse(payload)))).toEqual(event);
      }),
    );
  });

  it('lifts each older version step by step to the one of today', () => {
    expect(codec.write(spent(1)).schemaVersion).toBe(3);
    expect(codec.read(stored('money.spent', 1, { amount: 5 }))).toEqual(spent(500));
    expect(codec.read(stored('money.spent', 2, { cents: 7 }))).toEqual(spent(7));
    expect(codec.read(stored('money.spent', 3, { cents: 7, currency: 'USD' }))).toMatchObject({
      payload: { currency: 'USD' },
    });
  });

  it('tells an upcaster when the event was stored', () => {
    const dated = createEventCodec(
      defineEventTypes({
        opened: {
          payload: z.object({ opened_at: z.string() }),
          upcasters: [(payload, { timestamp }) => ({ ...payload, opened_at: timestamp })],
        },
      }),
    );
    expect(dated.read(stored('opened', 1, {})).payload).toEqual({ opened_at: '2026-11-22T08:37:00.123Z' });
  });

  it('refuses to read what it does not understand, and says where it is', () => {
    for (const [type, version, payload] of [
      ['money.burnt', 1, {}],
      ['toString', 1, {}],
      ['money.spent', 4, { cents: 1, currency: 'EUR' }],
      ['money.spent', 1, { amount: 'five' }],
      ['money.added', 1, { cents: 0 }],
    ] as const) {
      const read = () => codec.read(stored(type, version, payload));
      expect(read).toThrow(UnreadableEventError);
      expect(read).toThrow(/event 7 \(.*\) of stream w1/);
    }
    expect(() => codec.read({ ...stored('money.added', 1, {}), payload: '{' })).toThrow(UnreadableEventError);
  });

  it('stores nothing that could not be read again', () => {
    expect(() => codec.write(added(0))).toThrow(InvalidEventError);
    expect(() => codec.write({ type: 'toString' } as never)).toThrow(InvalidEventError);
  });
});

leakCheck();
