import { currentContext } from '@atlas/platform';
import type { AppendOptions, Recorded } from './event-store.ts';
import type { AnyEvent, EventCodec } from './event-types.ts';
import { assertId, assertVersion } from './ranges.ts';

export interface Recording {
  /** The service, which is the actor of what no user asked for. */
  readonly source: string;
  readonly clock: () => Date;
  /** Makes a uuid v7. */
  readonly newId: () => string;
}

/** An event with its place in the stream, and as it is stored. */
export interface Entry<E extends AnyEvent> {
  readonly recorded: Recorded<E>;
  readonly schemaVersion: number;
  readonly payload: string;
}

/** Gives events their versions, ids, time and origin. Throws InvalidEventError, or RangeError for nonsense. */
export function recordEvents<E extends AnyEvent>(
  from: Recording & { codec: EventCodec<E> },
  streamId: string,
  expectedVersion: number,
  events: readonly E[],
  options: Omit<AppendOptions<E, never>, 'alongside'>,
): Entry<E>[] {
  if (events.length === 0) throw new RangeError(`an append to stream ${streamId} needs an event`);
  assertId('stream', streamId);
  assertVersion(expectedVersion);
  if (options.commandId !== undefined) assertId('command', options.commandId);
  const context = currentContext();
  const ids = events.map(() => from.newId());
  const { commandId } = options;
  const correlationId = options.correlationId ?? context?.correlationId ?? commandId ?? ids[0]!;
  const origin = {
    timestamp: from.clock().toISOString(),
    actor: options.actor ?? context?.userId ?? from.source,
    correlationId,
    causationId: options.causationId ?? context?.causationId ?? commandId ?? correlationId,
    ...(commandId === undefined ? {} : { commandId }),
  };
  return events.map((event, index) => {
    const { event: accepted, schemaVersion, payload } = from.codec.write(event);
    const place = { id: ids[index]!, streamId, version: expectedVersion + 1 + index };
    return { recorded: { ...accepted, ...place, ...origin }, schemaVersion, payload };
  });
}
