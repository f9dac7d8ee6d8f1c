import { z } from 'zod';
import type { EventRecord, Recorded, Snapshot } from '../event-store.ts';
import type { AnyEvent, EventCodec } from '../event-types.ts';
import type { Entry } from '../record-events.ts';

/** The sort keys of a stream's items. In their order: commands, events by version, the snapshot. */
export const eventKey = (version: number): string => `EVENT#${String(version).padStart(12, '0')}`;
export const commandKey = (commandId: string): string => `COMMAND#${commandId}`;
export const snapshotKey = 'SNAPSHOT';
/** After every event, before the snapshot: a digit is lower than a colon. */
export const afterEvents = 'EVENT#:';

/** One fact as it lies in the table, for ever. The payload is JSON text: DynamoDB's own numbers and strings take less than JSON does. */
const eventItem = z.object({
  sk: z.string(),
  version: z.int().min(1),
  event_type: z.string(),
  schema_version: z.int().min(1),
  payload: z.string(),
  timestamp: z.string(),
  event_id: z.string(),
  actor: z.string(),
  correlation_id: z.string(),
  causation_id: z.string(),
  command_id: z.string().optional(),
});

const snapshotItem = z.object({ version: z.int().min(1), fold_version: z.int(), state: z.string() });

const commandItem = z.object({ first_version: z.int(), last_version: z.int() });

/** The item of an event, without its table. */
export function toEventItem<E extends AnyEvent>(pk: string, { recorded, schemaVersion, payload }: Entry<E>) {
  const { version, type, timestamp, id, actor, correlationId, causationId, commandId } = recorded;
  return {
    ...{ pk, sk: eventKey(version), version, event_type: type, schema_version: schemaVersion, payload, timestamp },
    ...{ event_id: id, actor, correlation_id: correlationId, causation_id: causationId },
    ...(commandId === undefined ? {} : { command_id: commandId }),
  };
}

/** The event of today that an item stands for. Throws UnreadableEventError. */
export function fromEventItem<E extends AnyEvent>(codec: EventCodec<E>, streamId: string, item: unknown): Recorded<E> {
  const stored = eventItem.parse(item);
  const { version, timestamp } = stored;
  const place = { streamId, version, type: stored.event_type, timestamp };
  const { type, payload } = codec.read({ ...place, schemaVersion: stored.schema_version, payload: stored.payload });
  const recorded: AnyEvent & EventRecord = {
    type,
    payload,
    id: stored.event_id,
    streamId,
    version,
    timestamp,
    actor: stored.actor,
    correlationId: stored.correlation_id,
    causationId: stored.causation_id,
    ...(stored.command_id === undefined ? undefined : { commandId: stored.command_id }),
  };
  return recorded as Recorded<E>;
}

export function fromSnapshotItem(item: unknown): Snapshot {
  const { version, fold_version, state } = snapshotItem.parse(item);
  return { version, foldVersion: fold_version, state };
}

/** The first and the last version that a command appended. */
export function fromCommandItem(item: unknown): { first: number; last: number } {
  const { first_version, last_version } = commandItem.parse(item);
  return { first: first_version, last: last_version };
}
