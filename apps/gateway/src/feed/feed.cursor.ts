import { createHash } from 'node:crypto';
import { problem } from '@atlas/platform';
import { z } from 'zod';
import type { TenantId } from '../ids.domain.ts';

/** Where a page of the feed ended: when its last entry occurred, and the id of its event. */
export interface FeedPosition {
  readonly at: Date;
  readonly eventId: string;
}

const content = z.strictObject({ s: z.string(), k: z.string().min(1).max(1024) });
const key = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)#([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/**
 * The cursor of the feed, in the form of the notification service: while the slice moves, a page that one of the two has
 * begun is continued by the other.
 */
export function feedCursor(tenantId: TenantId, { at, eventId }: FeedPosition): string {
  return Buffer.from(JSON.stringify({ s: scopeOf(tenantId), k: `${at.toISOString()}#${eventId}` })).toString(
    'base64url',
  );
}

/** The position in a cursor of this tenant's feed. Throws a 400 problem for anything else. */
export function readFeedCursor(tenantId: TenantId, cursor: string): FeedPosition {
  const parsed = content.safeParse(jsonOf(Buffer.from(cursor, 'base64url').toString()));
  const [, at, eventId] = (parsed.data?.s === scopeOf(tenantId) && key.exec(parsed.data.k)) || [];
  if (at !== undefined && eventId !== undefined && !Number.isNaN(Date.parse(at))) return { at: new Date(at), eventId };
  throw problem(400, 'INVALID_CURSOR', 'The cursor is not one that this list returned. Start again without a cursor.');
}

function scopeOf(tenantId: TenantId): string {
  return createHash('sha256').update(`feed/${tenantId}`).digest('base64url').slice(0, 16);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
