import { z } from 'zod';
import type { Decider } from './decider.ts';
import { defineEventTypes, type EventOf } from './event-types.ts';

/** A domain that is small enough to see through: money comes in, and goes out while there is some. */
export const walletEvents = defineEventTypes({
  'money.added': { payload: z.object({ cents: z.int().min(1), note: z.string().optional() }) },
  'money.spent': {
    payload: z.object({ cents: z.int().min(1), currency: z.string() }),
    // Version 1 had an amount in euros, version 2 cents of euros.
    upcasters: [
      ({ amount, ...rest }) => ({ ...rest, cents: Number(amount) * 100 }),
      (payload) => ({ ...payload, currency: 'EUR' }),
    ],
  },
});

export type WalletEvent = EventOf<typeof walletEvents>;

export interface Wallet {
  readonly cents: number;
  readonly moves: number;
}

export type WalletCommand = { readonly type: 'add' | 'spend'; readonly cents: number };

export class NotEnoughError extends Error {
  readonly code = 'NOT_ENOUGH';
}

export const walletSchema = z.object({ cents: z.int().min(0), moves: z.int() });

export const wallet: Decider<Wallet, WalletCommand, WalletEvent> = {
  initialState: () => ({ cents: 0, moves: 0 }),
  decide({ type, cents }, state) {
    if (cents === 0) return [];
    if (type === 'add') return [added(cents)];
    if (cents > state.cents) throw new NotEnoughError(`there are ${state.cents} cents`);
    return [spent(cents)];
  },
  evolve: ({ cents, moves }, { type, payload }) => ({
    cents: type === 'money.added' ? cents + payload.cents : cents - payload.cents,
    moves: moves + 1,
  }),
};

export const added = (cents: number, note?: string): WalletEvent => ({
  type: 'money.added',
  payload: note === undefined ? { cents } : { cents, note },
});

export const spent = (cents: number): WalletEvent => ({ type: 'money.spent', payload: { cents, currency: 'EUR' } });
