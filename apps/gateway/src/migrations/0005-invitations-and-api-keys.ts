import { type Kysely, sql } from 'kysely';

/**
 * Invitations and API keys keep their rows when they have ended: who invited, accepted, made and revoked is the record
 * that a customer asks for after an incident. Of both secrets only the SHA-256 is stored.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE invitations (
      tenant_id     uuid NOT NULL REFERENCES tenants,
      invitation_id uuid NOT NULL,
      email         text NOT NULL,
      role          text NOT NULL CHECK (role IN ('owner', 'member')),
      token_hash    bytea NOT NULL,
      invited_by    uuid NOT NULL REFERENCES users,
      created_at    timestamptz NOT NULL,
      expires_at    timestamptz NOT NULL,
      accepted_at   timestamptz,
      accepted_by   uuid REFERENCES users,
      revoked_at    timestamptz,
      revoked_by    uuid REFERENCES users,
      PRIMARY KEY (tenant_id, invitation_id),
      CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
      CHECK ((revoked_at IS NULL) = (revoked_by IS NULL)),
      CHECK (accepted_at IS NULL OR revoked_at IS NULL)
    );
    CREATE UNIQUE INDEX invitations_token ON invitations (token_hash);

    CREATE TABLE api_keys (
      tenant_id    uuid NOT NULL REFERENCES tenants,
      key_id       uuid NOT NULL,
      name         text NOT NULL,
      scopes       text[] NOT NULL CHECK (cardinality(scopes) > 0),
      secret_hash  bytea NOT NULL,
      created_by   uuid NOT NULL REFERENCES users,
      created_at   timestamptz NOT NULL,
      expires_at   timestamptz,
      last_used_at timestamptz,
      revoked_at   timestamptz,
      revoked_by   uuid REFERENCES users,
      PRIMARY KEY (tenant_id, key_id),
      CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
    );
    -- A request presents its key before anyone knows whose it is.
    CREATE UNIQUE INDEX api_keys_id ON api_keys (key_id);
  `.execute(db);
}
