import type { DeliveryAttempts } from './delivery-attempts.ts';
import type { ClaimedDelivery, DueDelivery } from './delivery-item.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import type { Deliveries } from './dynamo-deliveries.ts';
import type { Endpoints } from './dynamo-endpoints.ts';
import type { Endpoint } from './endpoint.domain.ts';
import { isPaused } from './endpoint-health.domain.ts';
import type { Place } from './lanes.ts';

/** What became of due rows: taken, ended because their endpoint is off, or passed over because it is busy or pauses. */
export interface DueResult {
  readonly taken: number;
  readonly ended: number;
  readonly passedOver: number;
}

/** Takes due rows, as many of each endpoint as it has room for. */
export interface DueRows {
  /** One page of the index. `full` remembers endpoints without room, so that later pages pass over them at no cost. */
  take(rows: readonly DueDelivery[], full: Set<string>): Promise<DueResult>;
}

/** Rows of a switched-off or deleted endpoint that are ended at once; the next sweep ends more. */
const maxEnded = 50;

export const nothingDue: DueResult = { taken: 0, ended: 0, passedOver: 0 };

/** Due rows over the worker of this process. */
export function createDueRows(deps: {
  deliveries: Deliveries;
  endpoints: Endpoints;
  attempts: DeliveryAttempts;
  worker: DeliveryWorker;
  now: () => number;
}): DueRows {
  const { deliveries, endpoints, attempts, worker, now } = deps;

  const claim = (row: DueDelivery) => deliveries.claim(row, attempts.leaseEnd());
  const notify = (row: DueDelivery) =>
    inPlace(worker.reserveNotice(), async (place) => {
      const claimed = await claim(row);
      if (claimed) worker.notify(place, claimed);
      return claimed !== undefined;
    });
  const deliver = (row: DueDelivery, endpoint: Endpoint) =>
    inPlace(worker.reserve(endpoint), async (place) => {
      const claimed = await claim(row);
      const body = claimed && (await deliveries.bodyOf(claimed));
      if (claimed && body === undefined) await endWithoutBody(attempts, claimed);
      if (claimed === undefined || body === undefined) return false;
      worker.deliver(place, claimed, endpoint, body);
      return true;
    });
  const end = async (row: DueDelivery): Promise<boolean> => {
    const claimed = await claim(row);
    const reason = 'the endpoint is switched off or deleted';
    if (claimed) await attempts.end(claimed, { status: 'failed', reason: 'endpoint-off' }, reason);
    return claimed !== undefined;
  };
  const takeGroup = async (rows: readonly DueDelivery[], full: Set<string>): Promise<DueResult> => {
    const { tenantId, endpointId } = rows[0]!;
    if (full.has(endpointId)) return { ...nothingDue, passedOver: rows.length };
    const endpoint = await endpoints.get(tenantId, endpointId);
    if (endpoint === undefined || endpoint.status === 'off') {
      const ended = await count(rows.slice(0, maxEnded).map(end));
      return { ...nothingDue, ended, passedOver: Math.max(0, rows.length - maxEnded) };
    }
    const room = isPaused(endpoint, now()) ? 0 : worker.room(endpoint);
    if (room <= rows.length) full.add(endpointId);
    const taken = await count(rows.slice(0, room).map((row) => deliver(row, endpoint)));
    return { ...nothingDue, taken, passedOver: Math.max(0, rows.length - room) };
  };

  return {
    async take(rows, full) {
      const webhooks = Map.groupBy(
        rows.filter(({ kind }) => kind === 'webhook'),
        ({ endpointId }) => endpointId,
      );
      const notices = rows.filter(({ kind }) => kind === 'notice');
      const results = await Promise.all([
        ...[...webhooks.values()].map((group) => takeGroup(group, full)),
        count(notices.map(notify)).then((taken) => ({ ...nothingDue, taken })),
      ]);
      return sumOf(results);
    },
  };
}

/** Adds results up. */
export function sumOf(results: readonly DueResult[]): DueResult {
  return results.reduce(
    (all, one) => ({
      taken: all.taken + one.taken,
      ended: all.ended + one.ended,
      passedOver: all.passedOver + one.passedOver,
    }),
    nothingDue,
  );
}

/** Uses a place, or gives it back when `use` has not taken it or fails. */
async function inPlace(place: Place | undefined, use: (place: Place) => Promise<boolean>): Promise<boolean> {
  if (place === undefined) return false;
  let taken = false;
  try {
    taken = await use(place);
    return taken;
  } finally {
    if (!taken) place.cancel();
  }
}

/** Bodies are kept longer than any delivery lasts, so this is for a row that somebody has put back by hand. */
async function endWithoutBody(attempts: DeliveryAttempts, claimed: ClaimedDelivery): Promise<void> {
  await attempts.end(claimed, { status: 'failed', reason: 'exhausted' }, 'the body of the event is not kept any more');
}

async function count(work: readonly Promise<boolean>[]): Promise<number> {
  return (await Promise.all(work)).filter(Boolean).length;
}
