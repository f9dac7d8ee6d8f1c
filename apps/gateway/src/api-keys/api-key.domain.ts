import type { ApiKeyId, TenantId, UserId } from '../ids.domain.ts';
import { RejectedError } from '../rejected.domain.ts';
import type { Scope } from './scopes.domain.ts';

/** Room for a key per client and environment; every one more is one more that nobody remembers. */
export const mostActiveKeys = 50;

export interface ApiKey {
  readonly keyId: ApiKeyId;
  readonly tenantId: TenantId;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The owner on whose behalf it acts. */
  readonly createdBy: UserId;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export type ApiKeyStatus = 'active' | 'expired' | 'revoked';

export interface CreateApiKey {
  readonly keyId: ApiKeyId;
  readonly tenantId: TenantId;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdBy: UserId;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

/** Whether the key opens anything at this moment. From its `expiresAt` on it does not. */
export function statusOf({ revokedAt, expiresAt }: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, now: Date): ApiKeyStatus {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}

/** Decides to make a key. Throws RejectedError TOO_MANY_API_KEYS when the tenant has `mostActiveKeys` active ones. */
export function createKey(command: CreateApiKey, activeKeys: number): ApiKey {
  if (activeKeys >= mostActiveKeys) {
    throw new RejectedError(
      'TOO_MANY_API_KEYS',
      `A workspace may have ${mostActiveKeys} active API keys. Revoke one first.`,
    );
  }
  return { ...command, scopes: [...new Set(command.scopes)].sort(), lastUsedAt: null, revokedAt: null };
}
