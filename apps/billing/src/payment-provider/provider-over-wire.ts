import type { CallPolicy } from './call-policy.ts';
import { ProviderUnavailableError } from './errors.ts';
import type { ChargeResult, PaymentProvider, RefundResult } from './payment-provider.ts';
import type { ProviderWire } from './provider-wire.ts';
import { assertMoney, chargeResultOf, declineReason, leftToRefund, refundResultOf } from './records.ts';

const checkIsGoodForMs = 2_000;

/**
 * A provider over its wire: looks before it leaps, so that no memory of the provider's, however short, decides whether money
 * moves twice. Two at once are kept apart by the idempotency key; two that are far apart by the lookup.
 */
export function createProviderOverWire(deps: {
  wire: ProviderWire;
  policy: CallPolicy;
  now: () => number;
}): PaymentProvider {
  const { wire, policy, now } = deps;
  // atlas-local-ok: when the provider last answered this replica; it saves its own checks, and decides nothing else
  let lastGoodCheck = Number.NEGATIVE_INFINITY;
  const run: CallPolicy['run'] = (...call) =>
    policy.run(...call).catch((error: unknown) => {
      if (error instanceof ProviderUnavailableError) lastGoodCheck = Number.NEGATIVE_INFINITY;
      throw error;
    });

  return {
    name: wire.name,

    async charge(request): Promise<ChargeResult> {
      assertMoney(request);
      const { chargeId, signal } = request;
      const found = await run('find_payment', (limit) => wire.findPayments(chargeId, limit), signal);
      const known = chargeResultOf(found, request);
      if (known) return known;
      const made = await run('charge', (limit) => wire.createPayment(request, chargeId, limit), signal);
      if (!('reference' in made)) return { outcome: 'declined', reason: declineReason(made.reason) };
      return chargeResultOf([made], request)!;
    },

    async refund(request): Promise<RefundResult> {
      assertMoney(request);
      const { chargeId, reference, attempt, signal } = request;
      const find = () => run('find_refund', (limit) => wire.findRefunds(reference, limit), signal);
      const found = await find();
      const known = refundResultOf(found, request);
      if (known) return known;
      const left = { ...request, amountCents: leftToRefund(found, request) };
      const key = `${chargeId}-refund-${attempt}`;
      const made = await run('refund', (limit) => wire.createRefund(left, key, limit), signal);
      if ('reference' in made) return refundResultOf([...found, made], request)!;
      // Somebody else was quicker, by hand or in a call whose answer was lost.
      const meanwhile = made.reason === 'already_refunded' ? refundResultOf(await find(), request) : undefined;
      return meanwhile ?? { outcome: 'refused', reason: made.reason };
    },

    async chargeOf(reference) {
      const metadata = await run('find_charge', (limit) => wire.readMetadata(reference, limit));
      const { charge_id: chargeId, account_id: accountId } = metadata ?? {};
      return chargeId && accountId ? { chargeId, accountId } : undefined;
    },

    async check() {
      if (now() - lastGoodCheck < checkIsGoodForMs) return;
      await run('ping', (limit) => wire.ping(limit));
      lastGoodCheck = now();
    },

    close: () => wire.close(),
  };
}
