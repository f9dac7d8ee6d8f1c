export { createEventCodec, defineEventTypes } from './event-types.ts';
export type {
  AnyEvent,
  EventCodec,
  EventOf,
  EventType,
  EventTypes,
  StoredEvent,
  StoredFacts,
  Upcaster,
} from './event-types.ts';
export type {
  Alongside,
  AppendOptions,
  EventRecord,
  EventStore,
  HistoryPage,
  LoadedStream,
  LoadOptions,
  Participant,
  Recorded,
  Snapshot,
} from './event-store.ts';
export { fold } from './decider.ts';
export type { Decider } from './decider.ts';
export { createCommandHandler } from './command-handler.ts';
export type { CommandHandler, CommandHandlerOptions, Handled } from './command-handler.ts';
export { loadState } from './load-state.ts';
export type { SnapshotPolicy, StateAt } from './load-state.ts';
export { createMemoryEventStore } from './memory-event-store.ts';
export type { MemoryEventStoreOptions, MemoryTx } from './memory-event-store.ts';
export { createDynamoEventStore } from './dynamo/dynamo-event-store.ts';
export type { DynamoEventStoreOptions, DynamoTx } from './dynamo/dynamo-event-store.ts';
export { eventTable } from './dynamo/event-table.ts';
export { streamIds } from './dynamo/stream-ids.ts';
export {
  AlongsideRefusedError,
  AppendTooLargeError,
  ContendedStreamError,
  DuplicateCommandError,
  InvalidEventError,
  StreamGapError,
  UnreadableEventError,
  VersionConflictError,
} from './errors.ts';
