import { type Logger, parse, problem } from '@atlas/platform';
import type { Router } from 'express';
import { z } from 'zod';
import type { Db } from '../database.ts';
import type { Commands } from '../edge/command.ts';
import { userOf } from '../edge/identity.ts';
import { askedPage, pageAnswer } from '../edge/page.ts';
import { routerFor } from '../edge/router-for.ts';
import { type ApiKeyId, apiKeyIdSchema } from '../ids.domain.ts';
import { newSecret } from '../secret.ts';
import { lockTenant } from '../tenants/tenant.queries.ts';
import { lineOfText, requiredOr } from '../text.ts';
import { type ApiKey, createKey, statusOf } from './api-key.domain.ts';
import { countActiveKeys, insertKey, listKeys, revokeKey } from './api-key.queries.ts';
import { writeKey } from './key-text.ts';
import { scopeSchema } from './scopes.domain.ts';

export interface ApiKeyRoutesDeps {
  db: Db;
  commands: Commands;
  logger: Logger;
  clock: () => Date;
  newId: () => string;
}

const mostScopes = scopeSchema.options.length;

/** The body of `POST /api-keys`. A key that is of no use to anybody from the start is refused. */
export const newKeyBody = (clock: () => Date) =>
  z.strictObject({
    name: lineOfText(100),
    scopes: z
      .array(scopeSchema, requiredOr('must be a list of scopes'))
      .min(1, 'must have at least one scope')
      .max(mostScopes, `must have at most ${mostScopes} scopes`),
    expires_at: z.iso
      .datetime({ offset: true, error: 'must be a date and time such as "2027-01-31T12:00:00Z"' })
      .refine((text) => new Date(text) > clock(), 'must lie in the future')
      .optional(),
  });

/** The path of one key. */
export const keyParams = z.strictObject({ key_id: apiKeyIdSchema });

/** The API keys of the owner's tenant. Behind `requireUser` for owners; no operation has a scope: a key makes no keys. */
export function apiKeyRoutes({ db, commands, logger, clock, newId }: ApiKeyRoutesDeps): Router {
  const router = routerFor(['/api-keys']);

  router.post(
    '/api-keys',
    commands.command('api-keys', { body: newKeyBody(clock) }, async ({ tx, user, body }) => {
      const { tenantId, userId: createdBy } = user;
      const createdAt = clock();
      await lockTenant(tx, tenantId);
      const key = createKey(
        {
          ...{ keyId: newId() as ApiKeyId, tenantId, name: body.name, scopes: body.scopes, createdBy, createdAt },
          expiresAt: body.expires_at === undefined ? null : new Date(body.expires_at),
        },
        await countActiveKeys(tx, tenantId, createdAt),
      );
      const { secret, hash } = newSecret();
      await insertKey(tx, key, hash);
      // The answer is stored for a repeated request, the key is not: then this table would be worth stealing.
      const shownOnce = { key: writeKey(key.keyId, secret) };
      return { status: 201, body: { ...keyView(key, createdAt), key: null }, shownOnce };
    }),
  );

  router.get('/api-keys', async (req, res) => {
    const { tenantId } = userOf(req);
    const page = askedPage(req, tenantId, apiKeyIdSchema);
    const now = clock();
    const view = (key: ApiKey) => keyView(key, now);
    res.json(pageAnswer(tenantId, page, await listKeys(db, tenantId, page), { idOf: ({ keyId }) => keyId, view }));
  });

  router.delete('/api-keys/:key_id', async (req, res) => {
    const { tenantId, userId: by } = userOf(req);
    const { key_id: keyId } = parse(keyParams, req.params, 'params');
    if (!(await revokeKey(db, { tenantId, keyId, by, at: clock() }))) {
      throw problem(404, 'API_KEY_NOT_FOUND', `There is no API key ${keyId}.`);
    }
    logger.info({ keyId }, 'API key revoked');
    res.status(204).end();
  });

  return router;
}

function keyView(key: ApiKey, now: Date) {
  return {
    key_id: key.keyId,
    name: key.name,
    scopes: [...key.scopes],
    status: statusOf(key, now),
    created_by: key.createdBy,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  };
}
