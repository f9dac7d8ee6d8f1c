import { parse, problem } from '@atlas/platform';
import { Router } from 'express';
import { z } from 'zod';
import type { HookSecrets } from './hook-secrets.ts';
import { arrivalKey } from './hook-store.ts';
import type { Delivery, HookStore } from './hook-store.ts';
import { hookParams, maxLookupIds, pageQuery, waitQuery, whileOpen } from './request.ts';

const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  offset: pageQuery.offset,
  webhook_id: z.string().optional(),
});
const lookupBody = z.strictObject({ ids: z.array(z.string()).max(maxLookupIds) });
const waitForDelivery = z.strictObject({ ...waitQuery, webhook_id: z.string() });

/** `/api/hooks`: what the webhook receivers have been sent, for programs. */
export function hookApi(store: HookStore, secrets: HookSecrets): Router {
  const router = Router();

  router.get('/', (_req, res) => {
    res.json({ items: store.overview() });
  });

  router.get('/:name', async (req, res) => {
    const { name } = parse(hookParams, req.params, 'params');
    const { limit, offset, webhook_id } = parse(listQuery, req.query, 'query');
    const { items, total } = store.list({ hook: name, webhookId: webhook_id, limit, offset });
    const { requests = 0, accepted = 0, distinct = 0 } = store.overviewOf(name) ?? {};
    const withBodies = await Promise.all(items.map(async (item) => ({ ...item, body: await bodyOf(store, item) })));
    const figures = { requests, accepted, distinct, doubled: store.doubledOf(name) };
    res.json({ ...figures, checks_signatures: secrets.has(name), items: withBodies, total });
  });

  router.post('/:name/lookup', (req, res) => {
    const { name } = parse(hookParams, req.params, 'params');
    const { ids } = parse(lookupBody, req.body, 'body');
    res.json({ counts: Object.fromEntries(ids.map((id) => [id, store.copiesOf(name, id)])) });
  });

  router.get('/:name/wait', async (req, res) => {
    const { name } = parse(hookParams, req.params, 'params');
    const { webhook_id, timeout_ms } = parse(waitForDelivery, req.query, 'query');
    const delivery =
      store.firstOf(name, webhook_id) ??
      (await store.arrivals.next([arrivalKey(name, webhook_id)], { timeoutMs: timeout_ms, signal: whileOpen(res) }));
    if (delivery) res.json(delivery);
    else res.status(204).end();
  });

  return router;
}

/** The body as JSON where it is JSON, else as text. */
export async function bodyOf(store: HookStore, delivery: Pick<Delivery, 'id'>): Promise<unknown> {
  const body = await store.body(delivery.id);
  if (body === undefined) throw problem(404, 'DELIVERY_NOT_FOUND', `No delivery has the id ${delivery.id}.`);
  const text = body.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
