import { type Logger, parse, problem } from '@atlas/platform';
import { type Flags, VersionConflictError } from '@atlas/shared-state';
import type { RequestHandler, Router } from 'express';
import { userOf } from '../edge/identity.ts';
import { etagOf, expectedVersion, preconditionFailed } from '../edge/precondition.ts';
import { routerFor } from '../edge/router-for.ts';
import { tenantFlags } from './flag-definitions.ts';
import { flagBody, flagParams, historyQuery } from './flag-input.ts';
import { decisionView, flagView } from './flag.view.ts';

export interface FlagRoutesDeps {
  flags: Flags;
  /** Lets members of a customer's tenant through. */
  requireUser: RequestHandler;
  logger: Logger;
}

/** What flags say to a user, and what operators do with them. The paths below `/operator` are behind `requireUser` with that role. */
export function flagRoutes({ flags, requireUser, logger }: FlagRoutesDeps): Router {
  const { client, definitions, table } = flags;
  const router = routerFor(['/flags', '/operator']);

  router.get('/flags', requireUser, async (req, res) => {
    const context = { targetingKey: userOf(req).tenantId };
    const items = tenantFlags.map(async (key) => ({ key, on: await client.getBooleanValue(key, false, context) }));
    // All of them: there are few, and no page of a list that changes by decision would hold still.
    res.json({ items: await Promise.all(items), next_cursor: null });
  });

  const defined = (key: string) => {
    const definition = Object.hasOwn(definitions, key) ? definitions[key] : undefined;
    if (!definition)
      throw problem(404, 'FLAG_NOT_FOUND', `There is no flag "${key}". GET /operator/flags has them all.`);
    return definition;
  };

  router.get('/operator/flags', (_req, res) => {
    const items = Object.entries(definitions).map(([key, definition]) => flagView(key, definition, table.get(key)));
    res.json({ items, state: table.state() });
  });

  router.put('/operator/flags/:key', async (req, res) => {
    const { key } = parse(flagParams, req.params, 'params');
    const definition = defined(key);
    const { reason, ...state } = parse(flagBody, req.body, 'body');
    const unknown = [state.variant, ...Object.values(state.tenants)].find(
      (name) => !Object.hasOwn(definition.variants, name),
    );
    if (unknown !== undefined) throw unknownVariant(unknown, Object.keys(definition.variants));
    const change = { by: userOf(req).userId, reason, expectedVersion: expectedVersion(req) };
    const entry = await table.put(key, state, change).catch((error: unknown) => {
      if (!(error instanceof VersionConflictError)) throw error;
      throw preconditionFailed(change.expectedVersion ?? 0, error.version);
    });
    logger.info({ flag: key, ...decisionView(entry), tenants: Object.keys(state.tenants).length }, 'flag changed');
    res.set('etag', etagOf(entry.version)).json(flagView(key, definition, entry));
  });

  router.get('/operator/flags/:key/history', async (req, res) => {
    const { key } = parse(flagParams, req.params, 'params');
    defined(key);
    const { limit } = parse(historyQuery, req.query, 'query');
    res.json({ items: (await table.history(key, limit)).map(decisionView) });
  });

  return router;
}

function unknownVariant(name: string, known: readonly string[]) {
  const detail = `This flag has no variant "${name.slice(0, 64)}"; it has ${known.join(', ')}.`;
  return problem(422, 'UNKNOWN_VARIANT', detail, { variants: known });
}
