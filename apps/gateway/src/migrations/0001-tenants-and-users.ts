import { type Kysely, sql } from 'kysely';

/**
 * A tenant is a customer's account. The one tenant of kind `operations` is ours: its users import and inspect, it places
 * no orders. An e-mail address signs in to exactly one account, whatever its letter case.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE tenants (
      tenant_id  uuid PRIMARY KEY,
      name       text NOT NULL,
      kind       text NOT NULL CHECK (kind IN ('customer', 'operations')),
      created_at timestamptz NOT NULL
    );
    CREATE UNIQUE INDEX tenants_one_operations ON tenants (kind) WHERE kind = 'operations';

    CREATE TABLE users (
      user_id       uuid PRIMARY KEY,
      tenant_id     uuid NOT NULL REFERENCES tenants,
      email         text NOT NULL,
      name          text NOT NULL,
      role          text NOT NULL CHECK (role IN ('owner', 'member', 'operator')),
      password_hash text NOT NULL,
      created_at    timestamptz NOT NULL
    );
    CREATE UNIQUE INDEX users_email ON users (lower(email));
    CREATE INDEX users_tenant ON users (tenant_id);
  `.execute(db);
}
