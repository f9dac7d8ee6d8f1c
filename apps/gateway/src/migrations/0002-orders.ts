import { type Kysely, sql } from 'kysely';

/**
 * Every key starts with the tenant. `order_id` is a UUID v7, so the primary key is also the order in which the list is
 * read. Money is integer minor units; `version` counts the facts of the order and becomes the sequence of its events.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE orders (
      tenant_id          uuid NOT NULL REFERENCES tenants,
      order_id           uuid NOT NULL,
      status             text NOT NULL CHECK (status IN ('draft', 'completed')),
      currency           text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
      total_cents        bigint NOT NULL CHECK (total_cents >= 0),
      version            integer NOT NULL CHECK (version > 0),
      placed_by          uuid NOT NULL REFERENCES users,
      created_at         timestamptz NOT NULL,
      completed_at       timestamptz,
      event_id           uuid,
      external_reference text,
      buyer_reference    text,
      buyer_email        text,
      content_digest     text,
      PRIMARY KEY (tenant_id, order_id),
      CHECK ((status = 'completed') = (completed_at IS NOT NULL AND event_id IS NOT NULL))
    );
    CREATE UNIQUE INDEX orders_external_reference ON orders (tenant_id, external_reference)
      WHERE external_reference IS NOT NULL;

    CREATE TABLE order_lines (
      tenant_id        uuid NOT NULL,
      order_id         uuid NOT NULL,
      line_no          integer NOT NULL,
      sku              text NOT NULL,
      qty              bigint NOT NULL CHECK (qty > 0),
      unit_price_cents bigint NOT NULL CHECK (unit_price_cents >= 0),
      PRIMARY KEY (tenant_id, order_id, line_no),
      FOREIGN KEY (tenant_id, order_id) REFERENCES orders
    );
  `.execute(db);
}
