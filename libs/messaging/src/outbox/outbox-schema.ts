/** `LISTEN` on this channel hears every commit that put events into the outbox. */
export const outboxChannel = 'atlas_outbox';

/**
 * The outbox: one row per event that was committed with its fact, kept as the log after it was published. The key is
 * the event's id with its version, because a migration publishes one fact in two majors under the same id. There is no
 * serial number on purpose: serial numbers commit out of order, so nobody may page by them.
 *
 * Half of each page stays empty, so that a lease is written beside its row and touches no index: measured, that halves
 * the cost of a claim and takes less space than the copies elsewhere would. Vacuum comes by row count, not by a share of
 * 90 days of rows: otherwise the index of pending rows would fill with dead entries.
 */
export const outboxSchemaSql = `
CREATE TABLE outbox (
  id           uuid        NOT NULL,
  version      text        NOT NULL,
  event_type   text        NOT NULL,
  domain       text        NOT NULL,
  tenant_id    text        NOT NULL,
  subject      text        NOT NULL,
  traceparent  text        NOT NULL,
  envelope     text        NOT NULL,
  created_at   timestamptz NOT NULL,
  lease_until  timestamptz,
  attempts     integer     NOT NULL DEFAULT 0,
  published_at timestamptz,
  parked_at    timestamptz,
  last_error   text,
  PRIMARY KEY (id, version)
) WITH (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000
);
CREATE INDEX outbox_pending ON outbox (created_at) WHERE published_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_parked ON outbox (parked_at) WHERE parked_at IS NOT NULL;
CREATE INDEX outbox_log ON outbox (created_at, event_type, id);
`;
