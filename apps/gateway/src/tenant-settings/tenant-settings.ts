import type { Logger } from '@atlas/platform';
import { createVersionedCache, type VersionedCache } from '@atlas/shared-state';
import type { Redis } from 'ioredis';
import type { Db } from '../database.ts';
import type { TenantId } from '../ids.domain.ts';
import { type Settings, settingsSchema } from './settings.domain.ts';
import { findSettings } from './settings.queries.ts';

/** The settings of every tenant: `get(tenantId)` is frozen, and a change counts from the next request on, in every replica. */
export type TenantSettings = VersionedCache<Settings>;

/** Settings whose source is PostgreSQL, read through Redis. */
export function createTenantSettings(deps: { db: Db; redis: Redis; prefix: string; logger: Logger }): TenantSettings {
  return createVersionedCache({
    ...deps,
    name: 'tenant-settings',
    schema: settingsSchema,
    load: (tenantId) => findSettings(deps.db, tenantId as TenantId),
  });
}
