import { z } from 'zod';

const metadata = z.record(z.string(), z.string());
const entry = { id: z.string(), amount_cents: z.int(), currency: z.string(), metadata, created_at: z.string() };

const payment = z.object({
  ...entry,
  payment_method: z.string(),
  status: z.enum(['succeeded', 'declined', 'pending']),
  reason: z.string().optional(),
  settled_at: z.string().optional(),
});

const refund = z.object({
  ...entry,
  payment_id: z.string(),
  status: z.enum(['succeeded', 'refused', 'pending']),
  reason: z.string().optional(),
  settled_at: z.string().optional(),
});

const answer = z.object({ status: z.int(), body: z.unknown(), headers: z.record(z.string(), z.string()).optional() });

/** Something that has happened at the provider, as a line of its file. */
export const fact = z.discriminatedUnion('fact', [
  z.object({ fact: z.literal('payment'), payment }),
  z.object({ fact: z.literal('refund'), refund }),
  /** `key` is a caller's idempotency key, `question` a digest of what was asked with it. */
  z.object({ fact: z.literal('answered'), key: z.string(), question: z.string(), at: z.number(), answer }),
  z.object({ fact: z.literal('keys forgotten') }),
]);

/** A payment. A later fact with the same id takes its place. */
export type Payment = z.infer<typeof payment>;
export type Refund = z.infer<typeof refund>;
/** What a caller was told. */
export type StoredAnswer = z.infer<typeof answer>;
export type Fact = z.infer<typeof fact>;

/** Everything the provider knows, oldest first. */
export interface LedgerState {
  readonly payments: Map<string, Payment>;
  readonly refunds: Map<string, Refund>;
  readonly answers: Map<string, { question: string; at: number; answer: StoredAnswer }>;
}

/** Adds a fact to what is known. */
export function apply(state: LedgerState, fact: Fact): void {
  if (fact.fact === 'payment') state.payments.set(fact.payment.id, fact.payment);
  else if (fact.fact === 'refund') state.refunds.set(fact.refund.id, fact.refund);
  else if (fact.fact === 'answered') state.answers.set(fact.key, fact);
  else state.answers.clear();
}

/** What of a payment has been given back, or is on its way. */
export function refundedCents(refunds: Iterable<Refund>, paymentId: string): number {
  let cents = 0;
  for (const refund of refunds) {
    if (refund.payment_id === paymentId && refund.status !== 'refused') cents += refund.amount_cents;
  }
  return cents;
}

export interface CurrencyTotals {
  currency: string;
  charged_cents: number;
  refunded_cents: number;
  net_cents: number;
}

/** The money that has moved, by currency; pending and refused entries have moved none. */
export function totals(payments: Iterable<Payment>, refunds: Iterable<Refund>): CurrencyTotals[] {
  const byCurrency = new Map<string, CurrencyTotals>();
  const of = (currency: string) => {
    const known = byCurrency.get(currency) ?? { currency, charged_cents: 0, refunded_cents: 0, net_cents: 0 };
    byCurrency.set(currency, known);
    return known;
  };
  for (const { status, currency, amount_cents } of payments) {
    if (status === 'succeeded') of(currency).charged_cents += amount_cents;
  }
  for (const { status, currency, amount_cents } of refunds) {
    if (status === 'succeeded') of(currency).refunded_cents += amount_cents;
  }
  const all = [...byCurrency.values()].sort((a, b) => a.currency.localeCompare(b.currency));
  for (const line of all) line.net_cents = line.charged_cents - line.refunded_cents;
  return all;
}

/** Charge ids whose money was taken more than once: what must never happen. */
export function chargedTwice(payments: Iterable<Payment>): string[] {
  const taken = new Map<string, number>();
  for (const { status, metadata } of payments) {
    const chargeId = metadata['charge_id'];
    if (chargeId !== undefined && status !== 'declined') taken.set(chargeId, (taken.get(chargeId) ?? 0) + 1);
  }
  return [...taken].filter(([, count]) => count > 1).map(([chargeId]) => chargeId);
}
