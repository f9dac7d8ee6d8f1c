import { openFactFile } from './fact-file.ts';
import {
  apply,
  type Fact,
  type LedgerState,
  type Payment,
  type Refund,
  refundedCents,
  type StoredAnswer,
} from './ledger.domain.ts';
import { type TestMethod, testMethods } from './test-methods.domain.ts';

export interface PaymentOrder {
  readonly amountCents: number;
  readonly currency: string;
  readonly paymentMethod: string;
  readonly metadata: Record<string, string>;
}

export interface RefundOrder {
  readonly paymentId: string;
  /** Absent: all that is left. */
  readonly amountCents?: number | undefined;
  readonly metadata: Record<string, string>;
}

/** Why an order is not carried out, in the provider's word. */
export class OrderRefusedError extends Error {
  readonly code = 'ORDER_REFUSED';
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.name = 'OrderRefusedError';
    this.reason = reason;
  }
}

/** The provider's books. Whatever is returned has been written down before. */
export interface Ledger {
  readonly state: LedgerState;
  /** Moves the money, or notes why not. Throws OrderRefusedError for an unknown payment method; nothing is noted then. */
  pay(order: PaymentOrder): Payment;
  /** Gives money back. Throws OrderRefusedError: no such payment, nothing to give back, more than was paid. */
  refund(order: RefundOrder): Refund;
  /** Ends what is pending, as its payment method says; a second call changes nothing. */
  settle(id: string): Payment | Refund | undefined;
  paymentsWith(name: string, value: string): Payment[];
  refundsOf(paymentId: string): Refund[];
  /** The answer that was given to this key, unless it is forgotten by now. */
  answerTo(key: string): { question: string; answer: StoredAnswer } | undefined;
  /** What `order` does and the answer that it returns are written down as one: a kill leaves both or neither. */
  answerOnce(key: string, question: string, order: () => StoredAnswer): StoredAnswer;
  /** As if a day had passed. */
  forgetKeys(): void;
  /** Whether `pm_card_refund_refused` gives money back from now on. */
  acceptRefunds(accept: boolean): void;
  close(): void;
}

/** Stripe: keys can be removed after they are at least 24 hours old. */
const keysAreKeptMs = 24 * 60 * 60 * 1000;

/** Opens the books, in a file or (without a path) in memory. `onEntry` hears every new payment and refund, and each change of one. */
export function openLedger(options: {
  path?: string | undefined;
  clock: () => Date;
  newId: () => string;
  onEntry: (entry: Payment | Refund) => void;
}): Ledger {
  const { path, clock, newId, onEntry } = options;
  // atlas-local-ok: the ledger in memory of the one sandbox, rebuilt from its file
  const state: LedgerState = { payments: new Map(), refunds: new Map(), answers: new Map() };
  let refundsAccepted = false;
  const file = openFactFile(path, (fact) => apply(state, fact));
  // atlas-local-ok: facts of one write of the one sandbox
  let together: Fact[] | undefined;
  const write = (fact: Fact) => {
    apply(state, fact);
    if (together) together.push(fact);
    else file.append([fact]);
  };
  const enter = <Entry extends Payment | Refund>(fact: Fact, entry: Entry): Entry => {
    write(fact);
    onEntry(entry);
    return entry;
  };
  const now = () => clock().toISOString();
  const keepPayment = (payment: Payment) => enter({ fact: 'payment', payment }, payment);
  const keepRefund = (refund: Refund) => enter({ fact: 'refund', refund }, refund);
  const refundsOf = (paymentId: string) =>
    [...state.refunds.values()].filter((refund) => refund.payment_id === paymentId);

  return {
    state,
    pay({ amountCents, currency, paymentMethod, metadata }) {
      const method = methodOf(paymentMethod);
      const order = { amount_cents: amountCents, currency, payment_method: paymentMethod, metadata };
      const payment = { id: `pi_${newId()}`, ...order, created_at: now() };
      return keepPayment({ ...payment, ...(method.pending === 'charge' ? { status: 'pending' } : outcomeOf(method)) });
    },
    refund({ paymentId, amountCents, metadata }) {
      const payment = state.payments.get(paymentId);
      if (payment === undefined) throw new OrderRefusedError('payment_not_found', `There is no payment ${paymentId}.`);
      if (payment.status !== 'succeeded') {
        throw new OrderRefusedError(
          'payment_not_succeeded',
          `Payment ${paymentId} is ${payment.status}: there is nothing to refund.`,
        );
      }
      const left = payment.amount_cents - refundedCents(state.refunds.values(), paymentId);
      if (left === 0) throw new OrderRefusedError('already_refunded', `Payment ${paymentId} has been refunded.`);
      const cents = amountCents ?? left;
      if (cents > left) {
        throw new OrderRefusedError(
          'amount_too_large',
          `${cents} is more than the ${left} that are left of ${paymentId}.`,
        );
      }
      const order = { payment_id: paymentId, amount_cents: cents, currency: payment.currency, metadata };
      const refund = { id: `re_${newId()}`, ...order, created_at: now() };
      const method = methodOf(payment.payment_method);
      const refused = refundsOf(paymentId).filter(({ status }) => status === 'refused').length;
      if (refused < (method.refundRefusals ?? 0) && !refundsAccepted) {
        return keepRefund({ ...refund, status: 'refused', reason: 'refund_refused' });
      }
      return keepRefund({ ...refund, status: method.pending === 'refund' ? 'pending' : 'succeeded' });
    },
    settle(id) {
      const payment = state.payments.get(id);
      if (payment?.status === 'pending') {
        return keepPayment({ ...payment, ...outcomeOf(methodOf(payment.payment_method)), settled_at: now() });
      }
      const refund = state.refunds.get(id);
      if (refund?.status === 'pending') return keepRefund({ ...refund, status: 'succeeded', settled_at: now() });
      return payment ?? refund;
    },
    paymentsWith: (name, value) => [...state.payments.values()].filter(({ metadata }) => metadata[name] === value),
    refundsOf,
    answerTo(key) {
      const known = state.answers.get(key);
      return known && clock().getTime() - known.at < keysAreKeptMs ? known : undefined;
    },
    answerOnce(key, question, order) {
      together = [];
      try {
        const answer = order();
        write({ fact: 'answered', key, question, answer, at: clock().getTime() });
        return answer;
      } finally {
        const facts = together;
        together = undefined;
        if (facts.length > 0) file.append(facts);
      }
    },
    forgetKeys: () => write({ fact: 'keys forgotten' }),
    acceptRefunds: (accept) => {
      refundsAccepted = accept;
    },
    close: file.close,
  };
}

function methodOf(name: string): TestMethod {
  const method = testMethods.get(name);
  if (method) return method;
  throw new OrderRefusedError(
    'payment_method_unknown',
    `No such payment method: ${name}. The page of the sandbox lists them.`,
  );
}

function outcomeOf({ decline }: TestMethod): Pick<Payment, 'status' | 'reason'> {
  return decline === undefined ? { status: 'succeeded' } : { status: 'declined', reason: decline };
}
