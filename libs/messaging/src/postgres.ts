// What the gateway alone needs, and its tools: whoever imports the rest of this library loads no driver of PostgreSQL.
export { createOutbox } from './outbox/outbox.ts';
export type { Outbox, SqlExecutor } from './outbox/outbox.ts';
export { createOutboxRelay } from './outbox/outbox-relay.ts';
export type { OutboxRelay, OutboxRelayOptions } from './outbox/outbox-relay.ts';
export { outboxSchemaSql } from './outbox/outbox-schema.ts';
export { listParked, unpark } from './outbox/parked.ts';
export type { ParkedEvent } from './outbox/parked.ts';
export { pruneOutbox } from './outbox/prune-outbox.ts';
export { createPostgresEventLog } from './outbox/postgres-event-log.ts';
