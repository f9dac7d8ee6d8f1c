import {
  decodeCursor,
  encodeCursor,
  type Idempotency,
  identityOf,
  type InTransaction,
  listQuery,
  pageOr400,
  parse,
  problem,
  TransactionRefusedError,
  type TransactItem,
} from '@atlas/platform';
import { type Request, Router } from 'express';
import type { z } from 'zod';
import { BlockedDestinationError } from '../errors.ts';
import { ownersOnly } from './access.ts';
import type { AddressGuard } from './address-guard.ts';
import type { Endpoints } from './dynamo-endpoints.ts';
import { changeEndpoint, createEndpoint, type Endpoint, rotateSecret } from './endpoint.domain.ts';
import { endpointChange, endpointPath, newEndpoint, noBody } from './endpoint.schemas.ts';
import { presentEndpoint, presentWithSecret } from './presentation.ts';

export interface EndpointRoutesDeps {
  endpoints: Endpoints;
  guard: AddressGuard;
  idempotency: Idempotency<TransactItem[]>;
  inTransaction: InTransaction;
  now: () => number;
  newId: () => string;
  newSecret: () => string;
}

/** One tenant needs a handful; every event reads all of them. Two creations at the same moment may pass it by one. */
const mostEndpoints = 50;

/** How often a change is applied again to an endpoint that somebody else has changed meanwhile. */
const changeTries = 3;

/** `/webhooks/endpoints`: members read, owners create, change, delete and rotate the secret. */
export function endpointRoutes(deps: EndpointRoutesDeps): Router {
  const { endpoints, guard, idempotency, inTransaction, now, newId, newSecret } = deps;
  const router = Router();

  router.get('/webhooks/endpoints', async (req, res) => {
    const { tenantId } = identityOf(req);
    const query = parse(listQuery, req.query, 'query');
    const { page, nextCursor } = await pageOr400(pageOfEndpoints(endpoints, tenantId, query));
    res.json({ items: page.map((endpoint) => presentEndpoint(endpoint, now())), next_cursor: nextCursor });
  });

  router.get('/webhooks/endpoints/:id', async (req, res) => {
    res.json(presentEndpoint(await endpointOf(req, endpoints), now()));
  });

  router.post(
    '/webhooks/endpoints',
    ownersOnly(),
    idempotency.route({ name: 'POST /webhooks/endpoints', owner: identityOf }, async (req, _res, save) => {
      const { tenantId } = identityOf(req);
      const wish = parse(newEndpoint, req.body, 'body');
      checkUrl(guard, wish.url);
      if ((await endpoints.list(tenantId)).length >= mostEndpoints) throw tooMany();
      const endpoint = createEndpoint(wish, { tenantId, endpointId: newId(), secret: newSecret(), now: now() });
      return inTransaction((tx) => {
        tx.push(endpoints.insertion(endpoint));
        const headers = { location: `/webhooks/endpoints/${endpoint.endpointId}` };
        return save(tx, { status: 201, headers, body: presentWithSecret(endpoint, now()) });
      });
    }),
  );

  router.patch('/webhooks/endpoints/:id', ownersOnly(), async (req, res) => {
    const change = parse(endpointChange, req.body, 'body');
    if (change.url !== undefined) checkUrl(guard, change.url);
    const changed = await applied(async () => {
      const before = await endpointOf(req, endpoints);
      const after = changeEndpoint(before, change, now());
      return inTransaction(async (tx) => {
        tx.push(endpoints.replacement(before, after));
        return after;
      });
    });
    res.json(presentEndpoint(changed, now()));
  });

  router.delete('/webhooks/endpoints/:id', ownersOnly(), async (req, res) => {
    const { id } = parse(endpointPath, req.params, 'params');
    if (!(await endpoints.remove(identityOf(req).tenantId, id))) throw noSuchEndpoint(id);
    res.status(204).end();
  });

  router.post(
    '/webhooks/endpoints/:id/rotate-secret',
    ownersOnly(),
    idempotency.route(
      { name: 'POST /webhooks/endpoints/:id/rotate-secret', owner: identityOf },
      async (req, _res, save) => {
        parse(noBody, req.body ?? {}, 'body');
        return applied(async () => {
          const before = await endpointOf(req, endpoints);
          const after = rotateSecret(before, newSecret(), now());
          return inTransaction((tx) => {
            tx.push(endpoints.replacement(before, after));
            return save(tx, { status: 200, body: presentWithSecret(after, now()) });
          });
        });
      },
    ),
  );

  return router;
}

/** Oldest first. There are few enough to read all and cut the page here. */
async function pageOfEndpoints(
  endpoints: Endpoints,
  tenantId: string,
  { limit, cursor }: z.output<typeof listQuery>,
): Promise<{ page: readonly Endpoint[]; nextCursor: string | null }> {
  const scope = `endpoints/${tenantId}`;
  const after = cursor === undefined ? '' : decodeCursor(scope, cursor);
  const rest = (await endpoints.list(tenantId)).filter(({ endpointId }) => endpointId > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { page, nextCursor: rest.length > limit && last ? encodeCursor(scope, last.endpointId) : null };
}

/** The endpoint in the path, of the tenant that asks; another tenant's is a 404 like one that does not exist. */
export async function endpointOf(req: Request, endpoints: Endpoints): Promise<Endpoint> {
  const { id } = parse(endpointPath, req.params, 'params');
  const endpoint = await endpoints.get(identityOf(req).tenantId, id);
  if (endpoint === undefined) throw noSuchEndpoint(id);
  return endpoint;
}

/** Runs a change of a fresh copy; when another request was faster, once more on what that has left. */
async function applied<T>(change: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof TransactionRefusedError)) throw error;
      if (tries === changeTries) throw problem(409, 'ENDPOINT_CHANGED', error.message);
    }
  }
}

function checkUrl(guard: AddressGuard, url: string): void {
  try {
    guard.checkUrl(url);
  } catch (error) {
    if (!(error instanceof BlockedDestinationError)) throw error;
    const errors = [{ path: 'url', message: error.message }];
    throw problem(400, 'INVALID_BODY', 'Webhooks cannot be sent to this URL.', { errors });
  }
}

const noSuchEndpoint = (id: string) => problem(404, 'ENDPOINT_NOT_FOUND', `There is no webhook endpoint "${id}".`);

const tooMany = () =>
  problem(409, 'TOO_MANY_ENDPOINTS', `A workspace may have ${mostEndpoints} webhook endpoints. Delete one first.`);
