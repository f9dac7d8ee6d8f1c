import type { Db, Tx } from '../database.ts';
import type { TenantId, UserId } from '../ids.domain.ts';
import { defaultSettings, type Settings, settingsSchema } from './settings.domain.ts';

/** Settings as they are stored; version 0 is the default, which is not stored. */
export interface StoredSettings {
  readonly version: number;
  readonly value: Settings;
}

/** The settings of a tenant. */
export async function findSettings(db: Db | Tx, tenantId: TenantId): Promise<StoredSettings> {
  const row = await db
    .selectFrom('tenant_settings')
    .select(['version', 'settings'])
    .where('tenant_id', '=', tenantId)
    .executeTakeFirst();
  if (!row) return { version: 0, value: structuredClone(defaultSettings) };
  return { version: row.version, value: settingsSchema.parse(row.settings) };
}

/**
 * Stores version `based + 1` of a tenant's settings; false when the current version is not `based`. The row, or its key
 * when it is not there yet, is locked until the transaction ends: of many at once one is true.
 */
export async function storeSettings(
  tx: Tx,
  change: { tenantId: TenantId; based: number; settings: Settings; updatedBy: UserId; updatedAt: Date },
): Promise<boolean> {
  const { tenantId, based, updatedBy, updatedAt } = change;
  const values = {
    version: based + 1,
    settings: JSON.stringify(change.settings),
    updated_by: updatedBy,
    updated_at: updatedAt,
  };
  const result =
    based === 0
      ? await tx
          .insertInto('tenant_settings')
          .values({ tenant_id: tenantId, ...values })
          .onConflict((conflict) => conflict.column('tenant_id').doNothing())
          .executeTakeFirst()
      : await tx
          .updateTable('tenant_settings')
          .set(values)
          .where('tenant_id', '=', tenantId)
          .where('version', '=', based)
          .executeTakeFirst();
  const written = 'numUpdatedRows' in result ? result.numUpdatedRows : result.numInsertedOrUpdatedRows;
  return written === 1n;
}
