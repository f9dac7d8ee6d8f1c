import { BudgetFullError, type BudgetSlot, type OutboundBudget } from '@atlas/shared-state';
import type { Budgets } from '../budgets.ts';
import type { DeliveryAttempts } from './delivery-attempts.ts';
import { type ClaimedDelivery, deliveryIdOf } from './delivery-item.ts';
import type { Deliveries } from './dynamo-deliveries.ts';
import { type Endpoint, liveSecrets } from './endpoint.domain.ts';
import type { EndpointHealthKeeper } from './endpoint-health.ts';
import type { Lanes, Place } from './lanes.ts';
import type { Notices } from './notices.ts';
import type { WebhookClient } from './webhook-client.ts';
import { signedHeaders } from './webhook-message.ts';

/** Delivers claimed rows, each endpoint in its own lane. */
export interface DeliveryWorker {
  /** A place for a row of this endpoint. Whoever gets one may claim a row, or write a new one that is born claimed. */
  reserve(endpoint: Endpoint): Place | undefined;
  /** How many places it would get. */
  room(endpoint: Endpoint): number;
  /** Delivers a claimed row in its place: soon, in the background. */
  deliver(place: Place, claimed: ClaimedDelivery, endpoint: Endpoint, body: string): void;
  reserveNotice(): Place | undefined;
  /** Tells the owners about a switch-off, in the background. */
  notify(place: Place, claimed: ClaimedDelivery): void;
  /** Gives back what has not started, waits for what runs at most `deadlineMs`, and leaves the rest to its leases. */
  stop(options: { deadlineMs: number }): Promise<{ abandoned: number }>;
}

/** An endpoint that has been failing for a minute counts as sick; a single failure says little. */
const sickAfterMs = 60_000;

const noticeLane = 'notices';

/** How long a job waits for its turn with the other replicas. Shorter than the slack of its lease, which it keeps. */
const slotWaitMs = 2_000;
/** When a row is due again whose slot nobody could give because Redis is away. */
const outagePauseMs = 5_000;

/** A worker over `lanes`. `abandon` is called when the deadline of `stop` is over. */
export function createDeliveryWorker(deps: {
  lanes: Lanes;
  attempts: DeliveryAttempts;
  deliveries: Deliveries;
  client: WebhookClient;
  health: EndpointHealthKeeper;
  notices: Notices;
  budgets: Budgets;
  now: () => number;
  abandon: AbortController;
}): DeliveryWorker {
  const { lanes, attempts, deliveries, client, health, notices, budgets, now, abandon } = deps;

  const healthOf = (endpoint: Endpoint): { sick: boolean } => {
    const since = endpoint.status === 'active' ? endpoint.failingSince : undefined;
    return { sick: since !== undefined && now() - since > sickAfterMs };
  };
  /** For the next replica, or for this one after its restart, at once. */
  const giveBack = async (claimed: ClaimedDelivery): Promise<void> => {
    await deliveries.release(claimed, now()).catch(() => false);
  };
  /**
   * Runs a try in a slot of the budget. Without one the row is due again a little later: its turn has not come, which is
   * nobody's failure and no try. The slot's signal is not used: to break off a post that may have arrived would repeat it.
   */
  const inSlot = async (
    claimed: ClaimedDelivery,
    [budget, party]: readonly [OutboundBudget, string?],
    run: () => Promise<'ok' | 'failed'>,
  ): Promise<'ok' | 'failed'> => {
    let slot: BudgetSlot;
    try {
      slot = await budget.acquire({ ...(party && { party }), waitMs: slotWaitMs, signal: abandon.signal });
    } catch (error) {
      const pauseMs = error instanceof BudgetFullError ? error.retryAfterMs : outagePauseMs;
      await deliveries.release(claimed, now() + pauseMs).catch(() => false);
      // The lane gets narrower, as for an endpoint that does not keep up.
      return 'failed';
    }
    try {
      return await run();
    } finally {
      void slot.release();
    }
  };
  const post = (claimed: ClaimedDelivery, endpoint: Endpoint, body: string) => {
    const webhookId = deliveryIdOf(claimed);
    const headers = signedHeaders({ webhookId, body, secrets: liveSecrets(endpoint, now()) }, now());
    return client.post({ url: endpoint.url, headers, body }, abandon.signal);
  };

  return {
    reserve: (endpoint) => lanes.reserve(laneOf(endpoint), healthOf(endpoint)),
    room: (endpoint) => lanes.room(laneOf(endpoint), healthOf(endpoint)),
    deliver: (place, claimed, endpoint, body) =>
      place.take({
        run: () =>
          inSlot(claimed, [budgets.webhookHosts, new URL(endpoint.url).host], async () => {
            const result = await attempts.run(claimed, () => post(claimed, endpoint, body));
            if (result !== undefined) await health.note(endpoint, result);
            return result?.outcome === 'delivered' ? 'ok' : 'failed';
          }),
        giveBack: () => giveBack(claimed),
      }),
    reserveNotice: () => lanes.reserve(noticeLane),
    notify: (place, claimed) =>
      place.take({
        run: () =>
          inSlot(claimed, [budgets.mail], async () => {
            const result = await attempts.run(claimed, () => notices.send(claimed));
            return result?.outcome === 'delivered' ? 'ok' : 'failed';
          }),
        giveBack: () => giveBack(claimed),
      }),
    async stop(options) {
      const outcome = await lanes.stop(options);
      abandon.abort();
      return outcome;
    },
  };
}

/** With the tenant, like every key. */
const laneOf = ({ tenantId, endpointId }: Endpoint): string => `${tenantId}/${endpointId}`;
