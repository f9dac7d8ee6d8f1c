import type { z } from 'zod';
import { InvalidEventError, UnreadableEventError } from './errors.ts';

/** What an upcaster may go by besides the payload. */
export interface StoredFacts {
  /** When the event was appended, RFC 3339 in UTC. */
  readonly timestamp: string;
}

/** Turns the payload of one schema version into that of the next. Pure. What it is given was stored and is not changed. */
export type Upcaster = (payload: Readonly<Record<string, unknown>>, stored: StoredFacts) => Record<string, unknown>;

/** One type of event that streams may hold. */
export interface EventType {
  /** The payload of today: plain JSON, without transforms, so that what is stored is what is read. */
  readonly payload: z.ZodObject;
  /**
   * How older payloads become today's: the first is for schema version 1, and there is one for each version that was ever
   * stored. So the schema version of today is one more than their number, and nobody counts it by hand.
   */
  readonly upcasters?: readonly Upcaster[];
}

export type EventTypes = Readonly<Record<string, EventType>>;

/** The events that streams of these types hold: a union on `type`. */
export type EventOf<Types extends EventTypes> = {
  [T in keyof Types & string]: { readonly type: T; readonly payload: z.output<Types[T]['payload']> };
}[keyof Types & string];

/** Any event: a type and what is said about it. */
export interface AnyEvent {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Declares the events of one kind of stream; the literal types are kept.
 * @example
 * const accountEvents = defineEventTypes({
 *   'charge.requested': {
 *     payload: z.object({ charge_id: z.string(), amount_cents: z.int(), currency: z.string() }),
 *     // Version 1 had euros only.
 *     upcasters: [(payload) => ({ ...payload, currency: 'EUR' })],
 *   },
 * });
 * type AccountEvent = EventOf<typeof accountEvents>;
 */
export function defineEventTypes<const Types extends EventTypes>(types: Types): Types {
  return types;
}

/** An event as a store keeps it. */
export interface StoredEvent {
  readonly streamId: string;
  readonly version: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly timestamp: string;
  /** JSON. */
  readonly payload: string;
}

export interface EventCodec<E extends AnyEvent> {
  /** The event as its schema accepts it, and as it is stored. Throws InvalidEventError. */
  write(event: E): { event: E; schemaVersion: number; payload: string };
  /** The event of today that a stored one stands for. Throws UnreadableEventError. */
  read(stored: StoredEvent): E;
}

/** Writes events in the schema of today, and reads those of any day. */
export function createEventCodec<Types extends EventTypes>(types: Types): EventCodec<EventOf<Types>> {
  // Not by plain access: an event called `constructor` must be unknown.
  const find = (type: string): EventType | undefined => (Object.hasOwn(types, type) ? types[type] : undefined);
  return {
    write(event) {
      const definition = find(event.type);
      if (!definition) throw new InvalidEventError(event.type, `there is no such type; known: ${namesOf(types)}`);
      const parsed = definition.payload.safeParse(event.payload);
      if (!parsed.success) throw new InvalidEventError(event.type, issuesOf(parsed.error));
      const payload = JSON.stringify(parsed.data);
      return {
        event: { type: event.type, payload: parsed.data } as typeof event,
        payload,
        schemaVersion: newest(definition),
      };
    },
    read(stored) {
      const definition = find(stored.type);
      if (!definition) throw new UnreadableEventError(stored, `this process knows only ${namesOf(types)}`);
      if (stored.schemaVersion > newest(definition)) {
        const reason = `its schema version is ${stored.schemaVersion}, this process knows up to ${newest(definition)}`;
        throw new UnreadableEventError(stored, reason);
      }
      const parsed = definition.payload.safeParse(upcast(definition, stored));
      if (!parsed.success) throw new UnreadableEventError(stored, issuesOf(parsed.error));
      return { type: stored.type, payload: parsed.data } as EventOf<Types>;
    },
  };
}

function newest({ upcasters = [] }: EventType): number {
  return upcasters.length + 1;
}

function upcast({ upcasters = [] }: EventType, stored: StoredEvent): unknown {
  try {
    const payload = JSON.parse(stored.payload) as Record<string, unknown>;
    return upcasters.slice(stored.schemaVersion - 1).reduce((older, next) => next(older, stored), payload);
  } catch (cause) {
    throw new UnreadableEventError(stored, (cause as Error).message, { cause });
  }
}

function namesOf(types: EventTypes): string {
  return Object.keys(types).join(', ');
}

/** At most five reasons, each with its path. */
function issuesOf(error: z.ZodError): string {
  const shown = error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || '(payload)'}: ${message}`);
  return shown.join('; ');
}
