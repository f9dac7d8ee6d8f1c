import type { BatchHandler, Envelope, EventHandler, EventKey, HandlerContext } from '@atlas/event-contracts';
import type { Metrics } from '@atlas/platform';

/** Event key -> handler, as a service's `handlers.ts` has it (`satisfies HandlersFor<service>`). */
export type HandlerTable = { readonly [K in EventKey]?: EventHandler<K> | BatchHandler<K> };

/** What is known about one event key: its handler, that handler's name for dead letters, and its instruments. */
export interface Route {
  readonly key: EventKey;
  readonly name: string;
  readonly handler: SingleHandler | AnyBatchHandler;
  readonly meters: Meters;
}

/** A handler as the consumer calls it: that the envelope fits the key was checked when it was parsed. */
export type SingleHandler = (event: Envelope, context: HandlerContext) => Promise<void>;

export interface AnyBatchHandler {
  readonly maxBatch: number;
  readonly lingerMs?: number;
  handleBatch(
    items: readonly { readonly event: Envelope; readonly context: HandlerContext }[],
  ): Promise<{ failed: readonly { id: string; error: unknown }[] }>;
}

type Meters = ReturnType<typeof metersOf>;

/** The routes of a table by event key. A handler without a name of its own is called after its key. */
export function routesOf(handlers: HandlerTable, metrics: Metrics, queue: string): ReadonlyMap<string, Route> {
  const entries = Object.entries(handlers) as [EventKey, Route['handler']][];
  return new Map(
    entries.map(([key, handler]) => {
      const name = (typeof handler === 'function' && handler.name) || key;
      return [key, { key, name, handler, meters: metersOf(metrics, queue, key) }];
    }),
  );
}

/** Looking labels up costs more than counting: it is done once per queue and event. */
function metersOf(metrics: Metrics, queue: string, event: EventKey) {
  const labels = { queue, event };
  return {
    consumed: metrics.consumed.labels(labels),
    failed: metrics.failed.labels(labels),
    retried: metrics.retried.labels(labels),
    handlerSeconds: metrics.handlerSeconds.labels(labels),
    lagSeconds: metrics.queueLagSeconds.labels({ queue }),
  };
}
