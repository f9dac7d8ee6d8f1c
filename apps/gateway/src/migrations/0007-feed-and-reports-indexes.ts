import { type Kysely, sql } from 'kysely';

/**
 * What the feed and the reports read while the monolith still answers them: completed orders by when they became known
 * (an import at its import), and by their business date; users by when they joined.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE INDEX orders_recorded ON orders
      (tenant_id, (CASE WHEN buyer_reference IS NULL THEN completed_at ELSE created_at END), event_id)
      WHERE status = 'completed';
    CREATE INDEX orders_completed ON orders (tenant_id, completed_at) WHERE status = 'completed';
    CREATE INDEX users_joined ON users (tenant_id, created_at, user_id);
    DROP INDEX users_tenant;
  `.execute(db);
}
