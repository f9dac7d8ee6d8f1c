import type { SqlExecutor } from '@atlas/messaging/postgres';
import { type ColumnType, CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely';
import type { Pool } from 'pg';
import type { Scope } from './api-keys/scopes.domain.ts';
import type { ApiKeyId, InvitationId, OrderId, TenantId, UserId } from './ids.domain.ts';

export type Role = 'owner' | 'member' | 'operator';

interface TenantsTable {
  tenant_id: TenantId;
  name: string;
  kind: 'customer' | 'operations';
  created_at: Date;
}

interface UsersTable {
  user_id: UserId;
  tenant_id: TenantId;
  email: string;
  name: string;
  role: Role;
  password_hash: string;
  created_at: Date;
}

/** `bigint` columns arrive as text: PostgreSQL counts further than a JavaScript number does. */
interface OrdersTable {
  tenant_id: TenantId;
  order_id: OrderId;
  status: 'draft' | 'completed';
  currency: string;
  total_cents: number | string;
  version: number;
  placed_by: UserId;
  created_at: Date;
  completed_at: Date | null;
  event_id: string | null;
  external_reference: string | null;
  buyer_reference: string | null;
  buyer_email: string | null;
  content_digest: string | null;
}

interface OrderLinesTable {
  tenant_id: TenantId;
  order_id: OrderId;
  line_no: number;
  sku: string;
  qty: number | string;
  unit_price_cents: number | string;
}

interface IdempotencyKeysTable {
  scope: string;
  key: string;
  fingerprint: string;
  status: number;
  body: unknown;
  created_at: Date;
}

interface InvitationsTable {
  tenant_id: TenantId;
  invitation_id: InvitationId;
  email: string;
  role: 'owner' | 'member';
  token_hash: Buffer;
  invited_by: UserId;
  created_at: Date;
  expires_at: Date;
  accepted_at: Date | null;
  accepted_by: UserId | null;
  revoked_at: Date | null;
  revoked_by: UserId | null;
}

interface ApiKeysTable {
  tenant_id: TenantId;
  key_id: ApiKeyId;
  name: string;
  scopes: Scope[];
  secret_hash: Buffer;
  created_by: UserId;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
  revoked_by: UserId | null;
}

interface TenantSettingsTable {
  tenant_id: TenantId;
  version: number;
  /** Read as JSON, written as its text. */
  settings: ColumnType<unknown, string, string>;
  updated_at: Date;
  updated_by: UserId;
}

export interface Database {
  tenants: TenantsTable;
  tenant_settings: TenantSettingsTable;
  users: UsersTable;
  invitations: InvitationsTable;
  api_keys: ApiKeysTable;
  orders: OrdersTable;
  order_lines: OrderLinesTable;
  idempotency_keys: IdempotencyKeysTable;
}

export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;

/** A typed query builder on the pool. The pool stays the caller's: closing it is not done here. */
export function createDatabase(pool: Pool): Db {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * A query that is asked all the time: its text is made once, and PostgreSQL plans it once for each connection, under `name`. Values
 * are given in the order of its parameters. Name its columns one by one, so that a migration which adds one does not spoil the plans of
 * connections that are open.
 */
export function prepareQuery<Row extends object>(
  pool: Pool,
  name: string,
  query: { compile(): CompiledQuery<Row> },
): (values: readonly unknown[]) => Promise<Row[]> {
  const { sql: text } = query.compile();
  return async (values) => (await pool.query<Row>({ name, text, values: [...values] })).rows;
}

/** Lets the outbox write its rows in our transaction, so that fact and event commit together or not at all. */
export function sqlExecutor(tx: Tx): SqlExecutor {
  return async (text, values) => {
    const result = await tx.executeQuery(CompiledQuery.raw(text, values));
    return { rows: result.rows, rowCount: Number(result.numAffectedRows ?? result.rows.length) };
  };
}
