import { type Currency, parseAmount, type PayloadOf } from '@atlas/event-contracts';

type Order = Pick<PayloadOf<'order.completed.v1'>, 'total' | 'total_cents' | 'currency'>;

/** The total of an order in minor units; version 1.0 of the event has it as text only. Throws RangeError for text that is no amount of the currency. */
export function totalCentsOf({ total, total_cents, currency }: Order): number {
  if (total_cents !== undefined) return total_cents;
  // The contract promises three letters; a currency that ISO 4217 does not have is read with two decimals.
  const amount = parseAmount(total, currency as Currency);
  if ('cents' in amount) return amount.cents;
  throw new RangeError(`the total "${total}" ${currency} ${amount.reason}`);
}
