import { eventually } from '@atlas/testing';
import { PaymentRequestError, ProviderUnavailableError } from './errors.ts';
import type { ChargeRequest, PaymentProvider, RefundRequest } from './payment-provider.ts';

/** A provider whose other side can be looked at and told how to behave. */
export interface ProviderSubject {
  readonly provider: PaymentProvider;
  /** What the other side has noted about a charge, oldest first, in cents. */
  ledger(chargeId: string): Promise<{ charged: number[]; refunded: number[]; declined: number }>;
  /** What happens to the next calls, in turn: `…_after` and `hang` are carried out and not said. */
  failNext(...failures: ('error' | 'cut' | 'throttled' | 'error_after' | 'cut_after' | 'hang')[]): Promise<void>;
  /** As if a day had passed. */
  forgetKeys(): Promise<void>;
  acceptRefunds(): Promise<void>;
  /** Nobody answers any more, until `restart`. */
  vanish(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** What holds of every adapter. `start` makes a subject with a call limit of a few seconds and short pauses. */
export function paymentProviderContract(start: () => Promise<ProviderSubject>): void {
  let subject: ProviderSubject;
  let provider: PaymentProvider;
  let charges = 0;
  let chargeId: string;
  beforeAll(async () => {
    subject = await start();
    provider = subject.provider;
  });
  beforeEach(() => {
    charges += 1;
    chargeId = `ch_${String(charges).padStart(24, '0')}`;
  });
  afterAll(() => subject.stop());

  const order = (change: Partial<ChargeRequest> = {}): ChargeRequest => ({
    ...{ chargeId, accountId: 'acc-1', amountCents: 4900, currency: 'EUR', paymentMethod: 'pm_card_visa' },
    ...change,
  });
  const refundOf = (reference: string, change: Partial<RefundRequest> = {}): RefundRequest => ({
    ...{ chargeId, accountId: 'acc-1', amountCents: 4900, currency: 'EUR', reference, attempt: 1 },
    ...change,
  });
  const paid = async (paymentMethod = 'pm_card_visa') => {
    const result = await provider.charge(order({ paymentMethod }));
    if (result.outcome !== 'succeeded') throw new Error(`expected money, got ${result.outcome}`);
    return result;
  };
  const caught = (promise: Promise<unknown>) =>
    promise.then(
      (value) => {
        throw new Error(`expected an error, got ${JSON.stringify(value)}`);
      },
      (error: unknown) => error,
    );
  const nothing = { charged: [], refunded: [], declined: 0 };
  const once = { charged: [4900], refunded: [], declined: 0 };
  const returned = { charged: [4900], refunded: [4900], declined: 0 };

  describe('a charge', () => {
    it('takes the money, and says by which reference and when', async () => {
      const result = await paid();
      expect(result).toEqual({ outcome: 'succeeded', reference: expect.any(String), chargedAt: expect.any(Date) });
      expect(Math.abs(result.chargedAt.getTime() - Date.now())).toBeLessThan(60_000);
      expect(await subject.ledger(chargeId)).toEqual(once);
    });

    it('is taken once, however often it is asked for', async () => {
      const first = await paid();
      expect(await paid()).toEqual(first);
      expect(await subject.ledger(chargeId)).toEqual(once);
    });

    it('is taken once when many ask at once', async () => {
      const results = await Promise.all(Array.from({ length: 8 }, () => paid()));
      expect(new Set(results.map(({ reference }) => reference)).size).toBe(1);
      expect(await subject.ledger(chargeId)).toEqual(once);
    });

    it('is taken once when it comes again after the provider has forgotten the key', async () => {
      const first = await paid();
      await subject.forgetKeys();
      expect(await paid()).toEqual(first);
      expect(await subject.ledger(chargeId)).toEqual(once);
    });

    it.each([
      ['pm_card_declined', 'card_declined'],
      ['pm_card_insufficient_funds', 'insufficient_funds'],
      ['pm_card_chargeDeclinedExpiredCard', 'expired_card'],
    ])('with %s is declined: %s, for good', async (paymentMethod, reason) => {
      const declined = { outcome: 'declined', reason };
      expect(await provider.charge(order({ paymentMethod }))).toEqual(declined);
      await subject.forgetKeys();
      expect(await provider.charge(order({ paymentMethod }))).toEqual(declined);
      expect(await subject.ledger(chargeId)).toEqual({ ...nothing, declined: 1 });
    });

    it.each([
      ['a payment method that does not exist', { paymentMethod: 'pm_nobody' }],
      ['a currency that does not exist', { currency: 'XQQ' }],
    ])('for %s is declined, not an error', async (_name, change) => {
      const result = await provider.charge(order(change));
      expect(result).toEqual({ outcome: 'declined', reason: expect.stringMatching(/^[a-z_]+$/) });
      expect(await subject.ledger(chargeId)).toEqual(nothing);
    });

    it.each([
      ['a negative amount', { amountCents: -4900 }],
      ['no amount', { amountCents: 0 }],
      ['part of a cent', { amountCents: 0.5 }],
      ['no number', { amountCents: Number.NaN }],
      ['a word for a currency', { currency: 'euro' }],
      ['an id that is a query', { chargeId: "x' OR metadata['a']:'b" }],
    ])('of %s is an error before anybody is asked', async (_name, change) => {
      await subject.failNext();
      expect(await caught(provider.charge(order(change)))).toBeInstanceOf(PaymentRequestError);
      expect(await subject.ledger(chargeId)).toEqual(nothing);
    });

    it.each([
      ['another amount', { amountCents: 5000 }, 'other_money'],
      ['another currency', { currency: 'USD' }, 'other_money'],
      ['another account', { accountId: 'acc-2' }, 'other_account'],
    ])('under an id that was used for %s is an error, and takes nothing', async (_name, change, reason) => {
      await paid();
      expect(await caught(provider.charge(order(change)))).toMatchObject({ name: 'PaymentRequestError', reason });
      expect(await subject.ledger(chargeId)).toEqual(once);
    });

    it('that is pending is asked about by calling again', async () => {
      const request = order({ paymentMethod: 'pm_usBankAccount_success' });
      const pending = await provider.charge(request);
      expect(pending).toEqual({ outcome: 'pending', reference: expect.any(String) });
      await eventually(async () => expect(await provider.charge(request)).toMatchObject({ outcome: 'succeeded' }));
      expect(await subject.ledger(chargeId)).toEqual(once);
    });
  });

  describe('a refund', () => {
    it('gives everything back, once, however often it is asked for', async () => {
      const { reference } = await paid();
      const first = await provider.refund(refundOf(reference));
      expect(first).toEqual({ outcome: 'refunded', reference: expect.any(String), refundedAt: expect.any(Date) });
      expect(await provider.refund(refundOf(reference))).toEqual(first);
      expect(await provider.refund(refundOf(reference, { attempt: 2 }))).toEqual(first);
      await subject.forgetKeys();
      expect(await provider.refund(refundOf(reference))).toEqual(first);
      expect(await subject.ledger(chargeId)).toEqual(returned);
    });

    it('gives back once when many ask at once, with different attempts', async () => {
      const { reference } = await paid();
      const results = await Promise.all(
        [1, 1, 2, 3].map((attempt) => provider.refund(refundOf(reference, { attempt }))),
      );
      expect(results.map(({ outcome }) => outcome)).toEqual(['refunded', 'refunded', 'refunded', 'refunded']);
      expect(await subject.ledger(chargeId)).toEqual(returned);
    });

    it('is refused by attempt: the same one has the same answer, the next one asks anew', async () => {
      const { reference } = await paid('pm_card_refund_refused_once');
      const refused = await provider.refund(refundOf(reference));
      expect(refused).toEqual({ outcome: 'refused', reason: 'refund_refused', reference: expect.any(String) });
      expect(await provider.refund(refundOf(reference))).toEqual(refused);
      expect(await provider.refund(refundOf(reference, { attempt: 2 }))).toMatchObject({ outcome: 'refunded' });
      expect(await subject.ledger(chargeId)).toEqual(returned);
    });

    it('of a payment that does not exist is refused, so that it is parked and seen', async () => {
      expect(await provider.refund(refundOf('pi_nobody'))).toMatchObject({ outcome: 'refused' });
    });

    it.each([
      ['a negative amount', { amountCents: -1 }],
      ['a word for a currency', { currency: 'euro' }],
    ])('of %s is an error before anybody is asked', async (_name, change) => {
      const { reference } = await paid();
      expect(await caught(provider.refund(refundOf(reference, change)))).toBeInstanceOf(PaymentRequestError);
      expect(await subject.ledger(chargeId)).toEqual(once);
    });

    it('that is pending is asked about by calling again', async () => {
      const { reference } = await paid('pm_card_pendingRefund');
      expect(await provider.refund(refundOf(reference))).toMatchObject({ outcome: 'pending' });
      await eventually(async () =>
        expect(await provider.refund(refundOf(reference))).toMatchObject({ outcome: 'refunded' }),
      );
      expect(await subject.ledger(chargeId)).toEqual(returned);
    });
  });

  it('knows whose payment it is, for what others do about it', async () => {
    const { reference } = await paid();
    expect(await provider.chargeOf(reference)).toEqual({ chargeId, accountId: 'acc-1' });
    expect(await provider.chargeOf('pi_nobody')).toBeUndefined();
  });

  describe('trouble', () => {
    it.each(['pm_card_timeout_then_success', 'pm_card_error_then_success', 'pm_card_slow'])(
      '%s is waited out, and charges once',
      async (paymentMethod) => {
        await paid(paymentMethod);
        expect(await subject.ledger(chargeId)).toEqual(once);
      },
    );

    // The first call of a charge and of a refund is the lookup, the second one moves the money.
    it.each(['error', 'cut', 'throttled', 'error_after', 'cut_after', 'hang'] as const)(
      '%s in any one call moves money once',
      async (failure) => {
        await subject.failNext(failure);
        const { reference } = await paid();
        await subject.failNext(failure);
        expect(await provider.refund(refundOf(reference))).toMatchObject({ outcome: 'refunded' });
        expect(await subject.ledger(chargeId)).toEqual(returned);
      },
    );

    it('that outlasts the repetitions is an outage, and calling again later charges once', async () => {
      await subject.failNext('error', 'throttled', 'error');
      expect(await caught(paid())).toBeInstanceOf(ProviderUnavailableError);
      await paid();
      expect(await subject.ledger(chargeId)).toEqual(once);
    });

    it('ends with the caller that gives up, for the caller’s reason', async () => {
      await subject.failNext('hang');
      const giveUp = new AbortController();
      const charging = caught(provider.charge(order({ signal: giveUp.signal })));
      const reason = new Error('the lease is lost');
      giveUp.abort(reason);
      expect(await charging).toBe(reason);
    });

    it('opens the circuit when nobody answers, and closes it when somebody does', async () => {
      await provider.check();
      await subject.vanish();
      await eventually(async () => {
        expect(await caught(provider.charge(order()))).toBeInstanceOf(ProviderUnavailableError);
        const { cause } = (await caught(provider.charge(order()))) as Error;
        expect(cause).toMatchObject({ isBrokenCircuitError: true });
      });
      await subject.restart();
      await eventually(() => provider.check());
      await paid();
      expect(await subject.ledger(chargeId)).toEqual(once);
    });
  });
}
