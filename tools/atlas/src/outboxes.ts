import { eventCatalogue, findDefinition, type Service, UnknownEventTypeError } from '@atlas/event-contracts';
import {
  createDynamoEventLog,
  type EventLog,
  listParkedInDynamo,
  outboxTableName,
  unparkInDynamo,
} from '@atlas/messaging';
import { createPostgresEventLog, listParked, type ParkedEvent, unpark } from '@atlas/messaging/postgres';
import { MissingTableError, UsageError } from './errors.ts';
import type { Session } from './session.ts';

/** The outbox of one service, in whatever database it keeps its facts. */
export interface ServiceOutbox {
  readonly service: Service;
  readonly log: EventLog;
  /** Longest parked first, at most `limit`. */
  parked(limit: number): Promise<ParkedEvent[]>;
  /** Lets the relays try these again; how many were parked. */
  unpark(events: readonly ParkedEvent[]): Promise<number>;
}

/** The services that publish something, as the catalogue says. */
const producers: readonly Service[] = [...new Set(eventCatalogue.map(({ producer }) => producer))];

/** The outboxes of these services, or of all that publish. Opens nothing yet. Throws UsageError for a service that has none. */
export function outboxesOf(session: Session, service?: string): ServiceOutbox[] {
  if (service !== undefined && !(producers as readonly string[]).includes(service)) {
    throw new UsageError(`"${service}" publishes nothing. Known: ${producers.join(', ')}.`);
  }
  return producers
    .filter((producer) => service === undefined || producer === service)
    .map((producer) => (producer === 'gateway' ? inPostgres(session, producer) : inDynamo(session, producer)));
}

/** The outbox in which events of this type are. Throws UnknownEventTypeError. */
export function outboxOfEvent(session: Session, eventType: string): ServiceOutbox {
  const definition = findDefinition(eventType);
  const known = eventCatalogue.map(({ type }) => type);
  if (!definition) throw new UnknownEventTypeError(eventType, known);
  return outboxesOf(session, definition.producer)[0]!;
}

function inPostgres(session: Session, service: Service): ServiceOutbox {
  return {
    service,
    log: { select: (selection) => createPostgresEventLog(session.pool()).select(selection) },
    parked: (limit) => listParked(session.pool(), limit),
    unpark: async (events) =>
      unpark(
        session.pool(),
        events.map(({ id }) => id),
      ),
  };
}

function inDynamo(session: Session, service: Service): ServiceOutbox {
  const place = () => ({ dynamo: session.documents(), tableName: outboxTableName(session.prefix(), service) });
  const explained = <T>(run: () => Promise<T>) => run().catch((error: unknown) => explainMissing(service, error));
  return {
    service,
    log: { select: (selection) => explained(() => createDynamoEventLog(place()).select(selection)) },
    parked: (limit) => explained(() => listParkedInDynamo(place(), limit)),
    unpark: (events) => explained(() => unparkInDynamo(place(), events, session.clock)),
  };
}

function explainMissing(service: Service, error: unknown): never {
  if ((error as Error).name !== 'ResourceNotFoundException') throw error;
  throw new MissingTableError('outbox', service, { cause: error });
}
