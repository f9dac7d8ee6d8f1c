import { parse } from '@atlas/platform';
import type { Response, Router } from 'express';
import type { Commands } from '../edge/command.ts';
import { userOf } from '../edge/identity.ts';
import { etagOf, preconditionFailed, requiredVersion } from '../edge/precondition.ts';
import { routerFor } from '../edge/router-for.ts';
import { settingsSchema } from './settings.domain.ts';
import { findSettings, storeSettings } from './settings.queries.ts';
import type { TenantSettings } from './tenant-settings.ts';

export interface TenantSettingsRoutesDeps {
  commands: Commands;
  tenantSettings: TenantSettings;
  clock: () => Date;
}

/** The settings of the tenant of who asks. Behind `requireUser` with the role owner. */
export function tenantSettingsRoutes({ commands, tenantSettings, clock }: TenantSettingsRoutesDeps): Router {
  const router = routerFor(['/tenant']);

  router.get('/tenant/settings', async (req, res) => {
    show(res, await tenantSettings.get(userOf(req).tenantId));
  });

  // Without an Idempotency-Key: the version says whether the change was made, and the same one again is a 412.
  router.put('/tenant/settings', async (req, res) => {
    const { tenantId, userId } = userOf(req);
    const settings = parse(settingsSchema, req.body, 'body');
    const based = requiredVersion(req);
    const version = based + 1;
    await commands.transact('tenant-settings', undefined, async (tx) => {
      const change = { tenantId, based, settings, updatedBy: userId, updatedAt: clock() };
      if (!(await storeSettings(tx, change)))
        throw preconditionFailed(based, (await findSettings(tx, tenantId)).version);
      // Last before the commit: from here on no replica gives an older version to anybody.
      await tenantSettings.outdate(tenantId, version);
      return { status: 200, body: settings };
    });
    await tenantSettings.keep(tenantId, { version, value: settings });
    show(res, { version, value: settings });
  });

  return router;
}

function show(res: Response, { version, value }: { version: number; value: object }): void {
  res.set('etag', etagOf(version)).json({ version, ...value });
}
