import { leakCheck } from '@atlas/testing';
import { v7 } from 'uuid';
import { InvalidCursorError } from '@atlas/platform';
import { newTenant, openWebhookKit, type WebhookKit } from '../../test/webhook-kit.ts';
import type { Feed } from './dynamo-feed.ts';
import { feedEntryOf } from './feed.domain.ts';

let kit: WebhookKit;
let feed: Feed;

beforeAll(async () => {
  kit = await openWebhookKit();
  ({ feed } = kit);
});
afterAll(() => kit.close());

const entry = (tenantId: string, timestamp: string, title = timestamp) =>
  feedEntryOf(
    { id: v7(), tenant_id: tenantId, event: 'order.completed', subject: 'o-1', timestamp },
    { title, data: { order_id: 'o-1', total_cents: 1250, total_cents_known: true, note: null } },
  );

it('shows an entry as it was added', async () => {
  const tenantId = newTenant();
  const added = entry(tenantId, '2026-11-22T08:37:00.123Z');
  expect(await feed.add(added)).toBe('added');
  expect(await feed.page({ tenantId, limit: 10 })).toEqual({ entries: [added], nextCursor: null });
});

it('has an event once, however often and at whatever moment it is added', async () => {
  const tenantId = newTenant();
  const added = entry(tenantId, '2026-11-22T08:37:00Z');
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => feed.add(added)));
  expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(1);
  expect((await feed.page({ tenantId, limit: 10 })).entries).toHaveLength(1);
});

it('is read newest first, page by page, also when entries are of the same moment or have no fraction', async () => {
  const tenantId = newTenant();
  const times = [
    '2026-11-22T08:37:00.123Z',
    '2026-11-22T08:37:00Z',
    '2026-11-22T08:37:00.123Z',
    '2025-01-01T00:00:00Z',
  ];
  for (const time of times) await feed.add(entry(tenantId, time));
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await feed.page({ tenantId, limit: 1, cursor });
    seen.push(...page.entries.map(({ occurredAt }) => occurredAt));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual([
    '2026-11-22T08:37:00.123Z',
    '2026-11-22T08:37:00.123Z',
    '2026-11-22T08:37:00.000Z',
    '2025-01-01T00:00:00.000Z',
  ]);
});

it('refuses the cursor of another tenant', async () => {
  const [mine, theirs] = [newTenant(), newTenant()];
  for (let i = 0; i < 2; i += 1) await feed.add(entry(theirs, `2026-11-22T08:37:0${i}Z`));
  const { nextCursor } = await feed.page({ tenantId: theirs, limit: 1 });
  await expect(feed.page({ tenantId: mine, limit: 1, cursor: nextCursor! })).rejects.toThrow(InvalidCursorError);
});

leakCheck();
