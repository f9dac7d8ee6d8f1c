import type { Db } from '../database.ts';
import type { CurrentUser } from '../edge/identity.ts';
import type { ApiKeyId } from '../ids.domain.ts';
import { fits } from '../secret.ts';
import { statusOf } from './api-key.domain.ts';
import { readKey } from './key-text.ts';

export interface KeyHolders {
  /**
   * On whose behalf a request with this key acts: the owner who made it, as the database knows them now. Undefined for
   * a key that does not exist, is revoked or has expired. Reads PostgreSQL alone: with Redis away machines go on.
   */
  holderOf(key: string): Promise<CurrentUser | undefined>;
}

/** How exact the date of the last use is: a write per request would make every read of the API a write. */
const useNotedEveryMs = 60_000;

/** Finds who is behind an API key, and notes at most once a minute that it was used. */
export function createKeyHolders({ db, clock }: { db: Db; clock: () => Date }): KeyHolders {
  return {
    async holderOf(text) {
      const presented = readKey(text);
      const row = presented && (await findKey(db, presented.keyId));
      const now = clock();
      if (!row || !fits(presented.secret, row.secretHash) || statusOf(row, now) !== 'active') return undefined;
      const { secretHash: _hash, revokedAt: _revoked, expiresAt: _expires, scopes, lastUsedAt, ...user } = row;
      if (isStale(lastUsedAt, now)) await noteUse(db, presented.keyId, now);
      return { ...user, via: { kind: 'api-key', keyId: presented.keyId, scopes } };
    },
  };
}

async function findKey(db: Db, keyId: ApiKeyId) {
  return db
    .selectFrom('api_keys')
    .innerJoin('users', (join) =>
      join.onRef('users.user_id', '=', 'api_keys.created_by').onRef('users.tenant_id', '=', 'api_keys.tenant_id'),
    )
    .innerJoin('tenants', 'tenants.tenant_id', 'api_keys.tenant_id')
    .select([
      'users.user_id as userId',
      'users.tenant_id as tenantId',
      'users.role',
      'users.email',
      'users.name',
      'tenants.name as tenantName',
      'api_keys.scopes',
      'api_keys.secret_hash as secretHash',
      'api_keys.revoked_at as revokedAt',
      'api_keys.expires_at as expiresAt',
      'api_keys.last_used_at as lastUsedAt',
    ])
    .where('api_keys.key_id', '=', keyId)
    .executeTakeFirst();
}

const isStale = (lastUsedAt: Date | null, now: Date) =>
  lastUsedAt === null || now.getTime() - lastUsedAt.getTime() >= useNotedEveryMs;

/** Of many requests at the same moment, in any replica, one writes and the others wait neither for it nor after it. */
async function noteUse(db: Db, keyId: ApiKeyId, now: Date): Promise<void> {
  const stale = db
    .selectFrom('api_keys')
    .select('key_id')
    .where('key_id', '=', keyId)
    .where((row) =>
      row.or([row('last_used_at', 'is', null), row('last_used_at', '<=', new Date(now.getTime() - useNotedEveryMs))]),
    )
    .forUpdate()
    .skipLocked();
  await db.updateTable('api_keys').set({ last_used_at: now }).where('key_id', 'in', stale).execute();
}
