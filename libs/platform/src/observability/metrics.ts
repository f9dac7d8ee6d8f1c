import { Router } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; from a Redis round trip to the longest handler that is still normal. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Seconds; queue lag also has to show an outage of minutes or hours. */
const LAG_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86_400];

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * The instruments of one service in a registry of their own, so that two apps in one process never share a counter.
 * Every name starts with `atlas_`; `router()` serves `GET /metrics` in the Prometheus text format. In hot paths resolve a
 * label set once (`metrics.consumed.labels({ queue, event })`) and keep the child.
 */
export function createMetrics(options: { service: string; processMetrics?: boolean }) {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  // With its usual 10 ms the look at the event loop's delay wakes every process a hundred times a second for nothing else.
  if (options.processMetrics ?? true) collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  const make = instruments(registry);
  return {
    registry,
    ...messagingMetrics(make),
    ...outboxMetrics(make),
    httpSeconds: make.histogram('http_request_seconds', 'Time to answer an HTTP request.', [
      'method',
      'route',
      'status',
    ] as const),
    /** Makes one more instrument in this registry; give the name without `atlas_`. */
    counter: make.counter,
    gauge: make.gauge,
    histogram: make.histogram,
    router: () => metricsRouter(registry),
  };
}

type Instruments = ReturnType<typeof instruments>;

function instruments(registry: Registry) {
  const registers = [registry];
  return {
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Counter<L>({ name: `atlas_${name}`, help, labelNames, registers }),
    gauge: <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Gauge<L>({ name: `atlas_${name}`, help, labelNames, registers }),
    histogram: <L extends string>(
      name: string,
      help: string,
      labelNames: readonly L[] = [],
      buckets: number[] = DURATION_BUCKETS,
    ) => new Histogram<L>({ name: `atlas_${name}`, help, labelNames, buckets, registers }),
  };
}

function messagingMetrics({ counter, gauge, histogram }: Instruments) {
  const queueAndEvent = ['queue', 'event'] as const;
  return {
    published: counter('events_published_total', 'Events that SNS accepted.', ['event'] as const),
    publishFailed: counter('events_publish_failed_total', 'Attempts to publish an event that failed.', [
      'event',
    ] as const),
    consumed: counter('events_consumed_total', 'Messages whose handler succeeded.', queueAndEvent),
    failed: counter('events_failed_total', 'Handler runs that failed.', queueAndEvent),
    retried: counter('events_retried_total', 'Messages given back to be tried again later.', queueAndEvent),
    deadLettered: counter('events_dead_lettered_total', 'Messages moved to a dead-letter queue.', [
      'queue',
      'event',
      'reason',
    ] as const),
    queueDepth: gauge('queue_depth', 'Messages that wait in a queue.', ['queue'] as const),
    receiveStalls: counter('receive_stalls_total', 'Polls that were never answered, and were aborted and begun anew.', [
      'queue',
    ] as const),
    dlqDepth: gauge('dlq_depth', 'Messages that wait in a dead-letter queue.', ['queue'] as const),
    handlerSeconds: histogram('handler_seconds', 'Time that a handler took.', queueAndEvent),
    queueLagSeconds: histogram(
      'queue_lag_seconds',
      'Age of an event when its handler starts, from the envelope timestamp.',
      ['queue'] as const,
      LAG_BUCKETS,
    ),
  };
}

function outboxMetrics({ gauge }: Instruments) {
  return {
    outboxDepth: gauge('outbox_depth', 'Outbox rows that are not published yet.'),
    outboxParked: gauge('outbox_parked', 'Outbox rows set aside because publishing them kept failing.'),
    outboxOldestSeconds: gauge('outbox_oldest_seconds', 'Age of the oldest outbox row that is not published yet.'),
  };
}

function metricsRouter(registry: Registry): Router {
  const router = Router();
  router.get('/metrics', async (_req, res) => {
    res.set('content-type', registry.contentType).send(await registry.metrics());
  });
  return router;
}
