import { parse } from '@atlas/platform';
import { z } from 'zod';
import type { Db } from '../database.ts';
import type { MonolithFeature } from '../edge/strangler/slice.ts';
import { listQuery } from '../edge/page.ts';
import { feedCursor, readFeedCursor } from './feed.cursor.ts';
import { listActivity } from './feed.queries.ts';
import { activityView } from './feed.view.ts';

/** The query of the feed. The cursor is longer than those of other lists: it is one of the notification service. */
export const feedQuery = listQuery.extend({
  cursor: z.string('must be given once').min(1, 'must not be empty').max(2048, 'is too long').optional(),
});

/**
 * `GET /feed` as the monolith has always answered it: a query over its own tables, on its own database. It knows orders and
 * users; what other services do was never in it, which is one reason to move.
 */
export function feedFeature({ db }: { db: Db }): MonolithFeature {
  return async ({ user: { tenantId }, query, asOf }) => {
    const { limit, cursor } = parse(feedQuery, query, 'query');
    const after = cursor === undefined ? undefined : readFeedCursor(tenantId, cursor);
    // One more than asked for tells whether there is a next page.
    const found = await listActivity(db, { tenantId, limit: limit + 1, after, asOf });
    const items = found.slice(0, limit);
    const last = found.length > limit ? items.at(-1) : undefined;
    const next_cursor = last ? feedCursor(tenantId, last) : null;
    return { status: 200, body: { items: items.map(activityView), next_cursor } };
  };
}
