import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import type { ChargeRequest, RefundRequest } from './payment-provider.ts';
import type { PaymentRecord, RefundRecord } from './provider-wire.ts';
import { chargeResultOf, leftToRefund, refundResultOf } from './records.ts';

const subject = { chargeId: 'ch_1', accountId: 'acc-1', amountCents: 4900, currency: 'EUR' };
const charge: ChargeRequest = { ...subject, paymentMethod: 'pm_card_visa' };
const refund: RefundRequest = { ...subject, reference: 'pi_1', attempt: 2 };
const at = new Date('2026-11-22T10:00:00Z');
const payment = (status: PaymentRecord['status'], change: Partial<PaymentRecord> = {}): PaymentRecord => ({
  ...{ reference: `pi_${status}`, status, amountCents: 4900, currency: 'EUR', accountId: 'acc-1', at },
  ...change,
});
const given = (status: RefundRecord['status'], change: Partial<RefundRecord> = {}): RefundRecord => ({
  ...{ reference: `re_${status}`, status, amountCents: 4900, currency: 'EUR', attempt: 1, at },
  ...change,
});

describe('what has become of a charge', () => {
  it('is unknown when the provider has nothing under its id', () => {
    expect(chargeResultOf([], charge)).toBeUndefined();
  });

  it('is told by the money that moved, whatever else was tried', () => {
    const tried = [payment('declined', { reason: 'expired_card' }), payment('pending'), payment('succeeded')];
    expect(chargeResultOf(tried, charge)).toEqual({ outcome: 'succeeded', reference: 'pi_succeeded', chargedAt: at });
    expect(chargeResultOf(tried.slice(0, 2), charge)).toEqual({ outcome: 'pending', reference: 'pi_pending' });
    expect(chargeResultOf(tried.slice(0, 1), charge)).toEqual({ outcome: 'declined', reason: 'expired_card' });
  });

  it('is never guessed about when it was taken twice: both payments are named', () => {
    const twice = [payment('succeeded', { reference: 'pi_1' }), payment('succeeded', { reference: 'pi_2' })];
    expect(() => chargeResultOf(twice, charge)).toThrow(/pi_1, pi_2/);
  });

  it.each([
    ['another amount', { amountCents: 4901 }, 'other_money'],
    ['another currency', { currency: 'USD' }, 'other_money'],
    ['another account', { accountId: 'acc-2' }, 'other_account'],
    ['no account', { accountId: undefined }, 'other_account'],
  ])('is an error when there is %s under its id, also one that was declined', (_name, change, reason) => {
    for (const status of ['succeeded', 'declined', 'pending'] as const) {
      expect(() => chargeResultOf([payment(status, change)], charge)).toThrow(expect.objectContaining({ reason }));
    }
  });
});

describe('what has become of a refund', () => {
  const byHand = (amountCents: number, change = {}) =>
    given('succeeded', { amountCents, attempt: undefined, ...change });

  it.each<[string, RefundRecord[], unknown, number]>([
    ['nothing was given back', [], undefined, 4900],
    ['another attempt was refused', [given('refused')], undefined, 4900],
    [
      'this attempt was refused',
      [given('refused', { attempt: 2, reason: 'x' })],
      { outcome: 'refused', reason: 'x', reference: 're_refused' },
      4900,
    ],
    ['it is on its way', [given('pending')], { outcome: 'pending', reference: 're_pending' }, 0],
    ['it was given back', [given('succeeded')], { outcome: 'refunded', reference: 're_succeeded', refundedAt: at }, 0],
    [
      'it was given back by hand',
      [byHand(4900)],
      { outcome: 'refunded', reference: 're_succeeded', refundedAt: at },
      0,
    ],
    ['a part of it was given back by hand', [byHand(900)], undefined, 4000],
    [
      'a part was given back, and the rest is on its way',
      [byHand(900), given('pending', { amountCents: 4000 })],
      { outcome: 'pending', reference: 're_pending' },
      0,
    ],
    [
      'it was refused, and then given back',
      [given('refused', { attempt: 2 }), byHand(4900)],
      { outcome: 'refunded', reference: 're_succeeded', refundedAt: at },
      0,
    ],
  ])('when %s', (_name, records, result, left) => {
    expect(refundResultOf(records, refund)).toEqual(result);
    expect(leftToRefund(records, refund)).toBe(left);
  });

  it('never gives back more than was charged, whatever was given back before', () => {
    const record = fc.record({
      status: fc.constantFrom('succeeded' as const, 'refused' as const, 'pending' as const),
      amountCents: fc.integer({ min: 1, max: 4900 }),
      attempt: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), (changes) => {
        const records = changes.map(({ status, ...change }) => given(status, change));
        const back = records.reduce(
          (sum, { status, amountCents }) => sum + (status === 'refused' ? 0 : amountCents),
          0,
        );
        // A provider gives no more back than it took.
        fc.pre(back <= 4900);
        const result = refundResultOf(records, refund);
        if (result === undefined) expect(leftToRefund(records, refund)).toBe(4900 - back);
        if (result?.outcome === 'refunded' || result?.outcome === 'pending') expect(back).toBe(4900);
        if (result?.outcome === 'refused') expect(back).toBeLessThan(4900);
      }),
    );
  });

  it('is an error when it is another currency', () => {
    expect(() => refundResultOf([given('succeeded', { currency: 'USD' })], refund)).toThrow(/EUR.*USD/);
  });
});

leakCheck();
