import type { Recorded } from '@atlas/event-store';
import { readItem, type TransactItem } from '@atlas/platform';
import { z } from 'zod';
import type { AccountEvent } from './account-events.domain.ts';
import { shardOf } from './open-charges.table.ts';

export const openStatuses = ['requested', 'succeeded', 'reversing', 'reversal_parked'] as const;
export type OpenStatus = (typeof openStatuses)[number];

/** A charge that is not final yet, as somebody sees it who looks over all accounts. */
export interface OpenCharge {
  readonly accountId: string;
  readonly chargeId: string;
  readonly status: OpenStatus;
  /** Since when it is as it is, RFC 3339 in UTC. */
  readonly since: string;
  readonly planId: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly userId: string;
  readonly requestedAt: string;
  /** Why it is reversed. */
  readonly reason?: string | undefined;
  /** How often the provider has refused to give the money back, and its last word for why. */
  readonly refusals?: number | undefined;
  readonly lastRefusal?: string | undefined;
  /** When operators were told of it, as it is now. */
  readonly reportedAt?: string | undefined;
  /** What the last fact belongs to, so that what is done later about it belongs to the same. */
  readonly correlationId: string;
  readonly causationId: string;
}

/** When a charge is looked after without anybody asking, in milliseconds. */
export interface DuePolicy {
  /** After it was decided that money is given back: whoever decided it is about to do so. */
  readonly firstMs: number;
  /** After the n-th refusal (n from 1). */
  readonly afterRefusalMs: (refusals: number) => number;
}

type Place = { readonly due?: number; readonly row: OpenCharge } | 'final' | 'unchanged';

/** The writes that keep the rows true, one per charge at most: they go into the transaction of the events. */
export function openChargeWrites(
  tableName: string,
  policy: DuePolicy,
  recorded: readonly Recorded<AccountEvent>[],
): TransactItem[] {
  const places = new Map<string, TransactItem>();
  for (const event of recorded) {
    const place = placeAfter(event, policy);
    const key = keyOf(event.streamId, event.payload.charge_id);
    if (place === 'final') places.set(key.sk, { Delete: { TableName: tableName, Key: key } });
    else if (place !== 'unchanged') places.set(key.sk, { Put: { TableName: tableName, Item: toItem(place) } });
  }
  return [...places.values()];
}

/** The row after a fact; each fact says everything that its row needs, so that no row depends on an earlier one. */
function placeAfter(event: Recorded<AccountEvent>, policy: DuePolicy): Place {
  const at = Date.parse(event.timestamp);
  switch (event.type) {
    case 'charge.requested':
      return { row: rowOf(event, 'requested', event.payload) };
    case 'charge.succeeded':
      return { row: { ...rowOf(event, 'succeeded', event.payload), since: event.payload.noted_at } };
    case 'reversal.requested':
      return { row: rowOf(event, 'reversing', event.payload), due: at + policy.firstMs };
    case 'reversal.refused': {
      const { attempt, refusal } = event.payload;
      const row = { ...rowOf(event, 'reversing', event.payload), refusals: attempt, lastRefusal: refusal };
      return { row, due: at + policy.afterRefusalMs(attempt) };
    }
    case 'reversal.parked': {
      const { attempts, refusal } = event.payload;
      const row = { ...rowOf(event, 'reversal_parked', event.payload), refusals: attempts, lastRefusal: refusal };
      return { row };
    }
    case 'reversal.deferred':
      return 'unchanged';
    case 'charge.failed':
    case 'charge.confirmed':
    case 'charge.reversed':
      return 'final';
  }
}

type Said = Extract<AccountEvent, { type: 'charge.requested' }>['payload'] & { reason?: string };

function rowOf(event: Recorded<AccountEvent>, status: OpenStatus, said: Omit<Said, 'payment_method'>): OpenCharge {
  return {
    accountId: event.streamId,
    chargeId: said.charge_id,
    status,
    since: event.timestamp,
    planId: said.plan_id,
    amountCents: said.amount_cents,
    currency: said.currency,
    userId: said.user_id,
    requestedAt: said.requested_at,
    ...(said.reason === undefined ? {} : { reason: said.reason }),
    correlationId: event.correlationId,
    causationId: event.id,
  };
}

export const keyOf = (accountId: string, chargeId: string) => ({
  pk: `TENANT#${accountId}`,
  sk: `CHARGE#${chargeId}`,
});

function toItem({ row, due }: Exclude<Place, string>) {
  return {
    ...keyOf(row.accountId, row.chargeId),
    ...{ account_id: row.accountId, charge_id: row.chargeId, status: row.status, since: row.since },
    ...{ status_shard: shardOf(row.status, row.chargeId), since_key: `${row.since}#${row.chargeId}` },
    ...{ plan_id: row.planId, amount_cents: row.amountCents, currency: row.currency },
    ...{ user_id: row.userId, requested_at: row.requestedAt },
    ...{ correlation_id: row.correlationId, causation_id: row.causationId },
    ...(row.reason === undefined ? {} : { reason: row.reason }),
    ...(row.refusals === undefined ? {} : { refusals: row.refusals, last_refusal: row.lastRefusal }),
    ...(due === undefined ? {} : { due_shard: shardOf('due', row.chargeId), due_at: due }),
  };
}

const item = z.object({
  account_id: z.string(),
  charge_id: z.string(),
  status: z.enum(openStatuses),
  since: z.string(),
  plan_id: z.string(),
  amount_cents: z.int(),
  currency: z.string(),
  user_id: z.string(),
  requested_at: z.string(),
  reason: z.string().optional(),
  refusals: z.int().optional(),
  last_refusal: z.string().optional(),
  reported_at: z.string().optional(),
  correlation_id: z.string(),
  causation_id: z.string(),
});

/** The row that an item of the table stands for. Throws CorruptItemError. */
export function fromItem(stored: Record<string, unknown>): OpenCharge {
  const row = readItem(item, stored, 'open charge');
  return {
    accountId: row.account_id,
    chargeId: row.charge_id,
    status: row.status,
    since: row.since,
    planId: row.plan_id,
    amountCents: row.amount_cents,
    currency: row.currency,
    userId: row.user_id,
    requestedAt: row.requested_at,
    reason: row.reason,
    refusals: row.refusals,
    lastRefusal: row.last_refusal,
    reportedAt: row.reported_at,
    correlationId: row.correlation_id,
    causationId: row.causation_id,
  };
}
