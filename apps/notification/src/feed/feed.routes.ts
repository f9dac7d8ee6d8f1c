import { identityOf, listQuery, pageOr400, parse } from '@atlas/platform';
import { Router } from 'express';
import type { Feed } from './dynamo-feed.ts';
import type { FeedEntry } from './feed.domain.ts';

/** `GET /feed?limit=&cursor=`: what has happened in the tenant, newest first, for every member. */
export function feedRoutes({ feed }: { feed: Feed }): Router {
  const router = Router();
  router.get('/feed', async (req, res) => {
    const { tenantId } = identityOf(req);
    const { limit, cursor } = parse(listQuery, req.query, 'query');
    const { entries, nextCursor } = await pageOr400(feed.page({ tenantId, limit, cursor }));
    res.json({ items: entries.map(present), next_cursor: nextCursor });
  });
  return router;
}

function present({ eventId, type, title, subject, occurredAt, data }: FeedEntry) {
  return { id: `${occurredAt}#${eventId}`, event_id: eventId, type, title, subject, occurred_at: occurredAt, data };
}
