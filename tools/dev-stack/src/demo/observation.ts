import { z } from 'zod';
import type { DemoTenant } from './demo-tenant.ts';
import type { Ledger } from './ledger.ts';
import { expectBody } from './patient-client.ts';
import type { PatientClient } from './patient-client.ts';
import { messageIdOf, webhookIdOf } from './reconciliation.domain.ts';

/** Looks at what has come of the orders in a ledger. */
export interface Observation {
  /** Looks for what is outstanding. The feed can only be read from its newest end, so it is asked less often. */
  look(): Promise<void>;
  /** Counts every consequence of every order again: what is found twice may have come after it was found once. */
  count(): Promise<void>;
}

export interface ObservationDeps {
  ledger: Ledger;
  sink: PatientClient;
  tenant: DemoTenant;
  /** The configured sender of mails. */
  mailFrom: string;
  clock: () => number;
}

const copies = z.object({ counts: z.record(z.string(), z.number()) });
export const feedPage = z.object({
  items: z.array(z.object({ event_id: z.string() })),
  next_cursor: z.string().nullable(),
});

const lookupSize = 2_000;
const feedPageSize = 100;
/** The feed is read at most this part of the time. */
const feedShare = 0.25;

/** Observes mails and webhooks in the sink, and feed entries through the API. */
export function createObservation({ ledger, sink, tenant, mailFrom, clock }: ObservationDeps): Observation {
  let nextFeedLook = 0;

  async function lookUp(eventIds: string[], kind: 'mail' | 'webhook'): Promise<void> {
    const idOf = (eventId: string) =>
      kind === 'mail' ? messageIdOf(eventId, mailFrom) : webhookIdOf(eventId, tenant.endpointId);
    const path = kind === 'mail' ? '/api/mail/lookup' : `/api/hooks/${tenant.hook}/lookup`;
    for (let start = 0; start < eventIds.length; start += lookupSize) {
      const slice = eventIds.slice(start, start + lookupSize);
      const ids = slice.map(idOf);
      const body = JSON.stringify(kind === 'mail' ? { message_ids: ids } : { ids });
      const { counts } = expectBody(await sink.send({ method: 'POST', path, body }), `POST ${path}`, copies, 200);
      slice.forEach((eventId, i) => ledger.saw(kind, eventId, counts[ids[i] ?? ''] ?? 0));
    }
  }

  /** Reads pages, newest first, until `enough` says so or the feed ends. */
  async function readFeed(enough: () => boolean): Promise<void> {
    const seen = new Map<string, number>();
    let cursor: string | null = null;
    do {
      const query: URLSearchParams = new URLSearchParams({
        limit: String(feedPageSize),
        ...(cursor === null ? {} : { cursor }),
      });
      const page: z.infer<typeof feedPage> = expectBody(
        await tenant.client.send({ method: 'GET', path: `/feed?${query}` }),
        'GET /feed',
        feedPage,
        200,
      );
      for (const { event_id: eventId } of page.items) {
        seen.set(eventId, (seen.get(eventId) ?? 0) + 1);
        ledger.saw('feed', eventId, seen.get(eventId) ?? 0);
      }
      cursor = page.next_cursor;
    } while (cursor !== null && !enough());
  }

  return {
    look: async () => {
      await lookUp(ledger.outstanding('mail'), 'mail');
      await lookUp(ledger.outstanding('webhook'), 'webhook');
      const startedAt = clock();
      if (startedAt < nextFeedLook || ledger.outstanding('feed').length === 0) return;
      await readFeed(() => ledger.outstanding('feed').length === 0);
      nextFeedLook = clock() + (clock() - startedAt) / feedShare;
    },
    count: async () => {
      const all = ledger.orders().map(({ eventId }) => eventId);
      await lookUp(all, 'mail');
      await lookUp(all, 'webhook');
      if (all.length > 0) await readFeed(() => false);
    },
  };
}
