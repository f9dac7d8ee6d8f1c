import { randomUUID } from 'node:crypto';
import type { Outbox } from '@atlas/messaging/postgres';
import {
  type Health,
  type IdentityIssuer,
  type Logger,
  type Metrics,
  notFoundHandler,
  type Probe,
  problemHandler,
  requestContext,
  type Telemetry,
} from '@atlas/platform';
import type { Flags } from '@atlas/shared-state';
import express, { type Express, type Router } from 'express';
import helmet from 'helmet';
import type { Pool } from 'pg';
import { apiKeyRoutes } from './api-keys/api-key.routes.ts';
import { createKeyHolders } from './api-keys/key-holders.ts';
import { operations } from './api.ts';
import type { ProviderWebhooks } from './billing/provider-webhooks.ts';
import { createCommands } from './edge/command.ts';
import { refuseCrossSite } from './edge/csrf.ts';
import { type Access, createIdentify, requireUser } from './edge/identity.ts';
import { requireJson } from './edge/json-body.ts';
import { createKeyRules } from './edge/key-rules.ts';
import { openApiRoutes } from './edge/openapi/openapi.routes.ts';
import { limitRequests } from './edge/limit-requests.ts';
import type { Limits } from './edge/limits.ts';
import type { Sessions } from './edge/session.ts';
import type { Strangler } from './edge/strangler/strangler.ts';
import { showPages } from './edge/page-policy.ts';
import { routerFor } from './edge/router-for.ts';
import { traceRequests } from './edge/trace-requests.ts';
import type { Db } from './database.ts';
import { flagRoutes } from './flags/flag.routes.ts';
import { importRoutes } from './imports/import.routes.ts';
import { invitationRoutes } from './members/invitation.routes.ts';
import { memberRoutes } from './members/member.routes.ts';
import { orderRoutes } from './orders/order.routes.ts';
import type { TenantSettings } from './tenant-settings/tenant-settings.ts';
import { tenantSettingsRoutes } from './tenant-settings/tenant-settings.routes.ts';
import { passwordRoutes } from './tenants/password.routes.ts';
import { askToSignIn, signInRoutes } from './sign-in/sign-in.routes.ts';
import type { Passwords } from './tenants/passwords.ts';
import { sessionRoutes } from './tenants/session.routes.ts';
import { createSignIn } from './tenants/sign-in.ts';
import type { SignInThrottle } from './tenants/sign-in-throttle.ts';
import { tenantRoutes } from './tenants/tenant.routes.ts';

export interface HttpDeps {
  db: Db;
  pool: Pool;
  outbox: Outbox;
  sessions: Sessions;
  passwords: Passwords;
  issuer: IdentityIssuer;
  strangler: Strangler;
  providerWebhooks: ProviderWebhooks;
  throttle: SignInThrottle;
  limits: Limits;
  flags: Flags;
  tenantSettings: TenantSettings;
  health: Health;
  logger: Logger;
  metrics: Metrics;
  telemetry: Telemetry;
  fingerprintSecret: string;
  trustProxy: number | readonly string[];
  clock: () => Date;
  newId: () => string;
  probe: Probe;
}

/** Largest body of an import, where orders have many lines, and of everything else. More is a 413. */
const bodyLimits = { imports: '1mb', others: '100kb' };

/** For answers that are no page: a browser that shows one all the same loads nothing and embeds it nowhere. */
const nothingIsLoaded = {
  useDefaults: false,
  directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
};

/** The Express app: first what every request passes, then the open paths, then what needs a session. */
export function createHttp(deps: HttpDeps): Express {
  const { sessions, logger, limits } = deps;
  const commands = createCommands(deps);
  const identify = createIdentify({ ...deps, keyHolders: createKeyHolders(deps) });
  const access: Access = { identify, keyRules: createKeyRules(operations) };
  const signedIn = requireUser(access);
  const app = express();
  app.disable('x-powered-by');
  // Answers are not to be stored, so a hash of each would be work for nothing; where there is an ETag it is a version, for If-Match.
  app.disable('etag');
  app.set('trust proxy', deps.trustProxy);

  app.use(requestContext({ ...deps, newId: randomUUID }));
  app.use(traceRequests(deps.telemetry));
  app.use(helmet({ contentSecurityPolicy: nothingIsLoaded }));

  app.use(openRoutes(deps));

  app.use(refuseCrossSite(sessions));
  app.use(sessions.middleware);
  app.use((_req, res, next) => {
    res.set('cache-control', 'no-store');
    next();
  });

  app.use(limitRequests({ identify, sessions, limits }));

  // Before any body is read: where a service answers, it is streamed.
  app.use(serviceRoutes(deps, access));
  app.use('/operator', requireUser(access, 'operator'));
  app.use('/orders', requireUser(access, 'owner', 'member'));
  app.use(['/invitations', '/api-keys', '/tenant'], requireUser(access, 'owner'));
  const signIn = createSignIn(deps);
  app.use(signInRoutes({ identify, sessions, signIn }));
  app.use(requireJson());
  // The import reads its own, larger bodies, and only once its rate limit has been asked.
  app.use(
    importRoutes({ ...deps, commands, limit: limits.imports, json: express.json({ limit: bodyLimits.imports }) }),
  );
  app.use(express.json({ limit: bodyLimits.others }));
  app.use(orderRoutes({ ...deps, commands, flags: deps.flags.client }));
  app.use(tenantRoutes({ ...deps, commands, flags: deps.flags.client, limit: limits.signUp }));
  app.use(sessionRoutes({ ...deps, signIn, requireUser: signedIn }));
  const requireMember = requireUser(access, 'owner', 'member');
  app.use(passwordRoutes({ ...deps, requireMember }));
  app.use(memberRoutes({ ...deps, commands, requireMember }));
  app.use(invitationRoutes({ ...deps, commands }));
  app.use(apiKeyRoutes({ ...deps, commands }));
  app.use(deps.strangler.routes);
  app.use(flagRoutes({ ...deps, requireUser: requireMember }));
  app.use(tenantSettingsRoutes({ ...deps, commands }));

  app.use(notFoundHandler());
  app.use(problemHandler(logger));
  return app;
}

/** What anybody may ask, without a session. */
function openRoutes({ health, metrics, issuer }: HttpDeps): Router {
  const router = routerFor(['/health', '/metrics', '/.well-known', '/openapi.json', '/docs']);
  router.use(health.router, metrics.router(), openApiRoutes(operations));
  router.get('/.well-known/jwks.json', (_req, res) => {
    res.set('cache-control', 'max-age=60').json(issuer.jwks());
  });
  return router;
}

/** What services answer, or may answer. */
function serviceRoutes({ strangler, providerWebhooks }: HttpDeps, access: Access): Router {
  const router = routerFor(['/billing', ...strangler.mounts.flatMap(({ slice }) => slice.routes)]);
  router.use(providerWebhooks.routes);
  for (const { slice, handler } of strangler.mounts) {
    const routes = [...slice.routes];
    if (slice.pages) router.use(routes, askToSignIn(access.identify), showPages);
    router.use(routes, requireUser(access, ...(slice.roles ?? [])), handler);
  }
  return router;
}
