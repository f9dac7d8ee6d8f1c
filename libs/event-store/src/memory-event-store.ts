import { DuplicateCommandError, StreamGapError, VersionConflictError } from './errors.ts';
import type { EventStore, Participant, Recorded, Snapshot } from './event-store.ts';
import { createEventCodec, type EventOf, type EventTypes } from './event-types.ts';
import { assertPage } from './ranges.ts';
import { type Entry, recordEvents, type Recording } from './record-events.ts';

/** What is done at the commit, in order; the first that throws prevents it. */
export type MemoryTx = (() => void)[];

export interface MemoryEventStoreOptions<Types extends EventTypes> extends Recording {
  readonly types: Types;
  readonly participant?: Participant<EventOf<Types>, MemoryTx> | undefined;
}

/**
 * An event store that forgets everything with its process: for property-based tests of domains, which run thousands of
 * histories, and for telling a defect of the domain from one of the database. It keeps the same contract.
 */
export function createMemoryEventStore<Types extends EventTypes>(
  options: MemoryEventStoreOptions<Types>,
): EventStore<EventOf<Types>, MemoryTx> {
  type E = EventOf<Types>;
  const { types, participant } = options;
  const codec = createEventCodec(types);
  const streams = new Map<string, Entry<E>[]>();
  const snapshots = new Map<string, Snapshot>();

  const entriesOf = (streamId: string): Entry<E>[] => streams.get(streamId) ?? [];
  /** Read again each time, as from a table: nobody shares objects with the store. */
  const read = ({ recorded, schemaVersion, payload }: Entry<E>): Recorded<E> => ({
    ...recorded,
    ...codec.read({ ...recorded, schemaVersion, payload }),
  });

  return {
    async append(streamId, expectedVersion, events, appendOptions = {}) {
      const { commandId, alongside } = appendOptions;
      const added = recordEvents({ ...options, codec }, streamId, expectedVersion, events, appendOptions);
      const recorded = added.map((entry) => entry.recorded);
      const tx: MemoryTx = [];
      participant?.join(tx, recorded);
      alongside?.(tx, recorded);
      const entries = entriesOf(streamId);
      if (commandId !== undefined && entries.some((entry) => entry.recorded.commandId === commandId)) {
        throw new DuplicateCommandError(streamId, commandId);
      }
      if (entries.length !== expectedVersion) throw new VersionConflictError(streamId, expectedVersion);
      for (const write of tx) write();
      streams.set(streamId, [...entries, ...added]);
      participant?.committed?.(tx);
      return recorded;
    },
    async load(streamId, { foldVersion } = {}) {
      const entries = entriesOf(streamId);
      const snapshot = snapshots.get(streamId);
      if (snapshot === undefined || snapshot.foldVersion !== foldVersion) {
        return { events: entries.map(read), version: entries.length };
      }
      if (snapshot.version > entries.length) throw new StreamGapError(streamId, entries.length + 1, undefined);
      return { snapshot, events: entries.slice(snapshot.version).map(read), version: entries.length };
    },
    async read(streamId, { after = 0, limit = 100 } = {}) {
      assertPage({ after, limit });
      const entries = entriesOf(streamId);
      const events = entries.slice(after, after + limit).map(read);
      return after + limit < entries.length ? { events, next: after + limit } : { events };
    },
    async eventsOfCommand(streamId, commandId) {
      const found = entriesOf(streamId).filter((entry) => entry.recorded.commandId === commandId);
      return found.length === 0 ? undefined : found.map(read);
    },
    async saveSnapshot(streamId, snapshot) {
      const present = snapshots.get(streamId);
      if (present?.foldVersion === snapshot.foldVersion && present.version >= snapshot.version) return;
      snapshots.set(streamId, snapshot);
    },
  };
}
