import type { AnyEvent } from './event-types.ts';

/** What a store notes about each event. */
export interface EventRecord {
  /** A uuid v7; public events are published under it. */
  readonly id: string;
  readonly streamId: string;
  /** The place in the stream: 1, 2, 3, without a gap. */
  readonly version: number;
  /** When it was appended, RFC 3339 in UTC. The order is that of the versions: the clocks of replicas differ. */
  readonly timestamp: string;
  /** Who did it: a user's id, or the name of the service. */
  readonly actor: string;
  /** The whole chain that one outside request set off. */
  readonly correlationId: string;
  /** The request, or the id of the message, that directly caused it. */
  readonly causationId: string;
  /** The command that decided it, where the caller gave it an id. */
  readonly commandId?: string;
}

export type Recorded<E extends AnyEvent> = E & EventRecord;

/** A state that a fold had reached, so that older events need not be loaded. */
export interface Snapshot {
  /** The version of the stream that it is the state of. */
  readonly version: number;
  /** The version of the code that folded it; another fold makes another state of the same events. */
  readonly foldVersion: number;
  /** JSON. */
  readonly state: string;
}

/** Adds writes to the transaction of an append; called again, with a new `tx`, for each attempt. */
export type Alongside<E extends AnyEvent, Tx> = (tx: Tx, recorded: readonly Recorded<E>[]) => void;

/** Who takes part in every append of a store, such as an outbox of public events. */
export interface Participant<E extends AnyEvent, Tx> {
  readonly join: Alongside<E, Tx>;
  /** Right after the commit, which may also never be told: the process can die first. */
  committed?(tx: Tx): void;
}

/** What is left out comes from the request or message that is being handled. */
export interface AppendOptions<E extends AnyEvent, Tx> {
  /** At most one append to a stream has this id, for ever. 1 to 250 characters, as a stream's id. */
  readonly commandId?: string | undefined;
  readonly actor?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly alongside?: Alongside<E, Tx> | undefined;
}

export interface LoadOptions {
  /** Accept a snapshot of this fold, and leave out the events that are in it. */
  readonly foldVersion?: number | undefined;
  /** How many events usually come after a snapshot: up to so many are fetched by one call. */
  readonly expectedTail?: number | undefined;
}

export interface LoadedStream<E extends AnyEvent> {
  /** The newest snapshot of the fold that was asked for. */
  readonly snapshot?: Snapshot;
  /** Everything after the snapshot, or everything; in order. */
  readonly events: readonly Recorded<E>[];
  /** The version of the last event, 0 for a stream that does not exist. */
  readonly version: number;
}

export interface HistoryPage<E extends AnyEvent> {
  readonly events: readonly Recorded<E>[];
  /** Pass it as `after` to get the next page; missing on the last. */
  readonly next?: number;
}

/** Streams of events, each with versions 1..n. `Tx` collects what is written in the transaction of an append. */
export interface EventStore<E extends AnyEvent, Tx> {
  /**
   * Appends one or more events at `expectedVersion + 1` and up, with everything that is to be written alongside: all of it
   * or nothing. Throws VersionConflictError, DuplicateCommandError, AlongsideRefusedError, AppendTooLargeError or
   * InvalidEventError, after which nothing is written. After an error that `isUnreachable` knows it may have been.
   */
  append(
    streamId: string,
    expectedVersion: number,
    events: readonly E[],
    options?: AppendOptions<E, Tx>,
  ): Promise<Recorded<E>[]>;
  /** What the state of a stream is folded from, as of now. Throws UnreadableEventError or StreamGapError. */
  load(streamId: string, options?: LoadOptions): Promise<LoadedStream<E>>;
  /** A page of the history in order: at most `limit` (1 to 1,000, default 100) events after version `after` (default 0). Throws RangeError. */
  read(streamId: string, options?: { after?: number; limit?: number }): Promise<HistoryPage<E>>;
  /** What a command appended, or undefined when it has appended nothing (yet). */
  eventsOfCommand(streamId: string, commandId: string): Promise<Recorded<E>[] | undefined>;
  /** Keeps a snapshot unless there is a newer one of the same fold. Losing it costs time, nothing else. */
  saveSnapshot(streamId: string, snapshot: Snapshot): Promise<void>;
}
