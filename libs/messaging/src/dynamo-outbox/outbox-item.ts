import { type Domain, domainOf, type Envelope } from '@atlas/event-contracts';
import { z } from 'zod';
import type { ClaimedRow } from '../outbox/outbox-rows.ts';
import { messageOf } from '../outbox/outbox-queries.ts';
import type { WireMessage } from '../publish/wire-message.ts';
import { dueShards } from './outbox-table.ts';

/** What names a row. During a migration one fact is published in two versions under one id, so both belong to it. */
export interface RowName {
  readonly id: string;
  readonly version: string;
}

export const keyOf = ({ id, version }: RowName) => ({ pk: `EVENT#${id}`, sk: `VERSION#${version}` });

/** By the last digits of the id, which are random; the first are the time, and would put neighbours into one shard. */
export function shardOf({ id }: RowName): string {
  return dueShards[Number.parseInt(id.slice(-4), 16) % dueShards.length] ?? dueShards[0]!;
}

/** A row that is born leased: who commits it is the first who may publish it. */
export function toOutboxItem(envelope: Envelope, wire: WireMessage, lease: { token: string; until: number }) {
  const name = { id: envelope.id, version: envelope.version };
  return {
    ...{ ...keyOf(name), event_id: name.id, event_version: name.version, event_type: envelope.event },
    ...{ tenant_id: envelope.tenant_id, subject: envelope.subject, created_at: envelope.timestamp },
    ...{ traceparent: wire.attributes.traceparent, envelope: wire.body, attempts: 0 },
    ...{ due_shard: shardOf(name), due_at: lease.until, lease: lease.token },
  };
}

const storedMessage = z.object({
  event_id: z.string(),
  event_version: z.string(),
  event_type: z.string(),
  tenant_id: z.string(),
  traceparent: z.string(),
  envelope: z.string(),
});

const leasedRow = storedMessage.extend({ attempts: z.int(), lease: z.string() });

/** The message of a stored row: the body exactly as it was committed. */
export function messageOfItem(item: unknown): WireMessage {
  const { event_id: id, event_version: version, ...rest } = storedMessage.parse(item);
  const domain: Domain = domainOf(rest.event_type);
  return messageOf({ id, version, domain, ...rest });
}

/** The row that a relay has claimed. */
export function fromOutboxItem(item: unknown): ClaimedRow {
  const row = leasedRow.parse(item);
  const { event_id: id, event_version: version, attempts, lease } = row;
  return { id, version, attempts, lease, message: messageOfItem(row) };
}
