import { type Kysely, sql } from 'kysely';

/**
 * What a tenant's owner has set. A tenant without a row has the defaults of the code, as version 0; `version` counts the
 * changes from there, and is what a change has to be based on.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE tenant_settings (
      tenant_id  uuid PRIMARY KEY REFERENCES tenants,
      version    integer NOT NULL CHECK (version > 0),
      settings   jsonb NOT NULL,
      updated_at timestamptz NOT NULL,
      updated_by uuid NOT NULL REFERENCES users
    );
  `.execute(db);
}
