import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readItem } from '@atlas/platform';
import type { Attempt, FailureReason } from './delivery.domain.ts';
import { webhookIdOf } from './webhook-message.ts';

/** Names one delivery: one event to one endpoint. For a notice to the owners, `eventId` is `NOTICE#<when>`. */
export interface DeliveryKey {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly eventId: string;
}

/** What a delivery carries: an event to the endpoint, or to the owners the news that the endpoint was switched off. */
export type DeliveryKind = 'webhook' | 'notice';

/** A delivery as the delivery log shows it. */
export interface Delivery extends DeliveryKey {
  readonly kind: DeliveryKind;
  readonly eventType: string;
  readonly status: 'pending' | 'delivered' | 'failed';
  readonly failureReason?: FailureReason | undefined;
  readonly attempts: readonly Attempt[];
  /** When it may be claimed: the next try, or the end of the lease of the worker that has it. */
  readonly dueAt?: number | undefined;
  readonly leaseUntil?: number | undefined;
  readonly createdAt: number;
}

/** A delivery in the hands of one worker until `leaseUntil`; `fence` is one more with every claim. */
export interface ClaimedDelivery extends DeliveryKey {
  readonly kind: DeliveryKind;
  readonly eventType: string;
  readonly attempts: readonly Attempt[];
  readonly fence: number;
  readonly leaseUntil: number;
  /** What is posted; undefined when it is kept once for all deliveries of the event, because it is large. */
  readonly body?: string | undefined;
}

/** A delivery that is not in the store yet. */
export type NewDelivery = DeliveryKey & Pick<ClaimedDelivery, 'kind' | 'eventType' | 'body'>;

/** A row that the due index has shown. */
export interface DueDelivery extends DeliveryKey {
  readonly kind: DeliveryKind;
  readonly dueAt: number;
}

/** Due rows are spread over this many partitions of the index by the hash of their endpoint. */
export const dueShards = 8;

/**
 * Longer than the 16 days in which a message can come back: until then the row is what keeps it from being sent again.
 */
export const retentionMs = 30 * 24 * 60 * 60 * 1000;

/**
 * A body of up to this many bytes is part of its row; a larger one is kept once per event. Writing a row costs a unit
 * per KiB, now and when the result is recorded, so beyond this a write and a read of its own are cheaper.
 */
export const inlineBodyBytes = 2048;

const attemptItem = z.object({
  at: z.number(),
  duration_ms: z.number(),
  status_code: z.number().optional(),
  error: z.string().optional(),
  response: z.string().optional(),
});

const deliveryItem = z.object({
  pk: z.string(),
  sk: z.string(),
  kind: z.enum(['webhook', 'notice']),
  event_type: z.string(),
  status: z.enum(['pending', 'delivered', 'failed']),
  failure_reason: z.enum(['exhausted', 'gone', 'endpoint-off']).optional(),
  attempts: z.array(attemptItem),
  fence: z.number(),
  due_at: z.number().optional(),
  lease_until: z.number().optional(),
  created_at: z.number(),
  body: z.string().optional(),
});

/** The attributes of a row that the delivery log needs: all but the body. */
export const loggedAttributes = Object.keys(deliveryItem.shape).filter((name) => name !== 'body');

const noticePrefix = 'NOTICE#';

/**
 * The key of a delivery: pk `TENANT#<tenant id>#ENDPOINT#<endpoint id>`, sk `EVENT#<event id>` (uuid v7: in order of
 * time).
 */
export function deliveryKey({ tenantId, endpointId, eventId }: DeliveryKey): { pk: string; sk: string } {
  const sk = eventId.startsWith(noticePrefix) ? eventId : `EVENT#${eventId}`;
  return { pk: `TENANT#${tenantId}#ENDPOINT#${endpointId}`, sk };
}

/** The key of the large body that all deliveries of an event share. */
export function payloadKey(tenantId: string, eventId: string): { pk: string; sk: string } {
  return { pk: `TENANT#${tenantId}#EVENT#${eventId}`, sk: 'PAYLOAD' };
}

/** The `eventId` of the notice about a switch-off at this time. */
export const noticeIdOf = (offAt: number): string => `${noticePrefix}${new Date(offAt).toISOString()}`;

/** The partition of the due index that an endpoint belongs to. */
export function dueShardOf(endpointId: string): string {
  return dueShardName(createHash('sha256').update(endpointId).digest()[0]! % dueShards);
}

/** The name of partition number `shard` (0 to `dueShards` - 1) of the due index. */
export const dueShardName = (shard: number): string => `due#${shard}`;

/** A new row: claimed by its maker until `leaseUntil`, or free and due at `dueAt`. */
export function newDeliveryItem(
  delivery: NewDelivery,
  when: { readonly leaseUntil: number } | { readonly dueAt: number },
  now: number,
) {
  const claimed = 'leaseUntil' in when;
  return {
    ...deliveryKey(delivery),
    kind: delivery.kind,
    event_type: delivery.eventType,
    body: delivery.body,
    status: 'pending' as const,
    attempts: [],
    fence: claimed ? 1 : 0,
    due_shard: dueShardOf(delivery.endpointId),
    due_at: claimed ? when.leaseUntil : when.dueAt,
    lease_until: claimed ? when.leaseUntil : undefined,
    created_at: now,
    expires_at: Math.ceil((now + retentionMs) / 1000),
  };
}

/** The row of the index as a key; throws CorruptItemError. */
export function toDueDelivery(raw: Record<string, unknown>): DueDelivery {
  const item = readItem(z.object({ pk: z.string(), sk: z.string(), due_at: z.number() }), raw, 'due delivery');
  return { ...parseKey(item), kind: item.sk.startsWith(noticePrefix) ? 'notice' : 'webhook', dueAt: item.due_at };
}

/** The row as the delivery log shows it, and what its worker needs; throws CorruptItemError. */
export function toDelivery(raw: Record<string, unknown>): Delivery & Pick<ClaimedDelivery, 'fence' | 'body'> {
  const item = readItem(deliveryItem, raw, 'webhook delivery');
  return {
    ...parseKey(item),
    kind: item.kind,
    eventType: item.event_type,
    status: item.status,
    failureReason: item.failure_reason,
    attempts: item.attempts.map(({ at, duration_ms, status_code, error, response }) => ({
      at,
      durationMs: duration_ms,
      statusCode: status_code,
      error,
      response,
    })),
    fence: item.fence,
    body: item.body,
    dueAt: item.due_at,
    leaseUntil: item.lease_until,
    createdAt: item.created_at,
  };
}

/** An attempt as it is stored. */
export function toAttemptItem({ at, durationMs, statusCode, error, response }: Attempt) {
  return { at, duration_ms: durationMs, status_code: statusCode, error, response };
}

/** The `webhook-id` of a delivery. */
export const deliveryIdOf = ({ eventId, endpointId }: DeliveryKey): string => webhookIdOf(eventId, endpointId);

function parseKey({ pk, sk }: { pk: string; sk: string }): DeliveryKey {
  const at = pk.lastIndexOf('#ENDPOINT#');
  return {
    tenantId: pk.slice('TENANT#'.length, at),
    endpointId: pk.slice(at + '#ENDPOINT#'.length),
    eventId: sk.startsWith(noticePrefix) ? sk : sk.slice('EVENT#'.length),
  };
}
