import type { Selectable } from 'kysely';
import type { Database, Db, Tx } from '../database.ts';
import type { Page } from '../edge/page.ts';
import type { ApiKeyId, TenantId, UserId } from '../ids.domain.ts';
import type { SecretHash } from '../secret.ts';
import type { ApiKey } from './api-key.domain.ts';

/** Inserts a key with the hash of its secret. */
export async function insertKey(tx: Tx, key: ApiKey, hash: SecretHash): Promise<void> {
  await tx
    .insertInto('api_keys')
    .values({
      tenant_id: key.tenantId,
      key_id: key.keyId,
      name: key.name,
      scopes: [...key.scopes],
      secret_hash: hash,
      created_by: key.createdBy,
      created_at: key.createdAt,
      expires_at: key.expiresAt,
      last_used_at: null,
      revoked_at: null,
      revoked_by: null,
    })
    .execute();
}

/** How many of the tenant's keys open something now. Exact in a transaction that holds the tenant's lock. */
export async function countActiveKeys(tx: Tx, tenantId: TenantId, now: Date): Promise<number> {
  const { count } = await tx
    .selectFrom('api_keys')
    .select((row) => row.fn.countAll().as('count'))
    .where('tenant_id', '=', tenantId)
    .where('revoked_at', 'is', null)
    .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', now)]))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** At most `limit` of the tenant's keys, newest first, ended ones among them. */
export async function listKeys(db: Db, tenantId: TenantId, page: Page<ApiKeyId>): Promise<ApiKey[]> {
  const rows = await db
    .selectFrom('api_keys')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .$if(page.after !== undefined, (query) => query.where('key_id', '<', page.after as ApiKeyId))
    .orderBy('key_id', 'desc')
    .limit(page.limit)
    .execute();
  return rows.map(keyOf);
}

/**
 * Ends a key of the tenant; no request that begins afterwards is let in by it. False when the tenant has no such key. A key
 * that was revoked before stays as it is, with its first date.
 */
export async function revokeKey(
  db: Db,
  { tenantId, keyId, by, at }: { tenantId: TenantId; keyId: ApiKeyId; by: UserId; at: Date },
): Promise<boolean> {
  const updated = await db
    .updateTable('api_keys')
    .set((row) => ({
      revoked_at: row.fn.coalesce('revoked_at', row.val(at)),
      revoked_by: row.fn.coalesce('revoked_by', row.val(by)),
    }))
    .where('tenant_id', '=', tenantId)
    .where('key_id', '=', keyId)
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

function keyOf(row: Selectable<Database['api_keys']>): ApiKey {
  return {
    keyId: row.key_id,
    tenantId: row.tenant_id,
    name: row.name,
    scopes: row.scopes,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
