import type { ApiKeyId, TenantId, UserId } from '../ids.domain.ts';
import { createKey, mostActiveKeys, statusOf } from './api-key.domain.ts';

const createdAt = new Date('2026-11-22T08:00:00.000Z');
const later = new Date('2026-11-23T08:00:00.000Z');
const command = {
  keyId: 'k-1' as ApiKeyId,
  tenantId: 't-1' as TenantId,
  name: 'Shop',
  scopes: ['orders:write', 'orders:read', 'orders:read'],
  createdBy: 'ada' as UserId,
  createdAt,
  expiresAt: null,
} as const;

describe('an API key', () => {
  it('is made with each scope once, unused and not revoked', () => {
    expect(createKey(command, 0)).toEqual({
      ...command,
      scopes: ['orders:read', 'orders:write'],
      lastUsedAt: null,
      revokedAt: null,
    });
  });

  it('is refused beyond the limit of active ones', () => {
    expect(() => createKey(command, mostActiveKeys - 1)).not.toThrow();
    expect(() => createKey(command, mostActiveKeys)).toThrow(expect.objectContaining({ code: 'TOO_MANY_API_KEYS' }));
  });

  it.each([
    ['active', null, null, later],
    ['active', later, null, createdAt],
    ['expired', later, null, later],
    ['revoked', null, createdAt, createdAt],
    ['revoked', createdAt, createdAt, later],
  ])('is %s when it expires at %s, was revoked at %s and it is %s', (status, expiresAt, revokedAt, now) => {
    expect(statusOf({ expiresAt, revokedAt }, now)).toBe(status);
  });
});
