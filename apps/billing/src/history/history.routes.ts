import { identityOf, parse, requireRole } from '@atlas/platform';
import type { Recorded } from '@atlas/event-store';
import { Router } from 'express';
import { z } from 'zod';
import type { AccountEvent } from '../charge/account-events.domain.ts';
import type { Accounts } from '../charge/accounts.ts';

const wholeNumber = (range: { min: number; max: number }) => {
  const message = `must be a whole number from ${range.min} to ${range.max}`;
  return z
    .string()
    .regex(/^\d{1,12}$/, message)
    .transform(Number)
    .refine((value) => value >= range.min && value <= range.max, message);
};

/** `after` is the version of the last fact that was read. */
const historyQuery = z.strictObject({
  after: wholeNumber({ min: 0, max: 999_999_999_999 }).default(0),
  limit: wholeNumber({ min: 1, max: 1_000 }).default(100),
});

/**
 * `GET /billing/history?after=&limit=`: every fact about the workspace's money, in order, for its owners. Nothing is left
 * out: whoever replays it comes to the state of now.
 */
export function historyRoutes({ accounts }: { accounts: Accounts }): Router {
  const router = Router();
  const ownersOnly = requireRole('owner', 'Only an owner of the workspace may read the history of its payments.');
  router.get('/billing/history', ownersOnly, async (req, res) => {
    const page = parse(historyQuery, req.query, 'query');
    const { events, next } = await accounts.history(identityOf(req).tenantId, page);
    res.json({ items: events.map(presentFact), next_after: next ?? null });
  });
  return router;
}

function presentFact(event: Recorded<AccountEvent>) {
  return {
    version: event.version,
    event_id: event.id,
    type: event.type,
    timestamp: event.timestamp,
    actor: event.actor,
    correlation_id: event.correlationId,
    causation_id: event.causationId,
    payload: event.payload,
  };
}
