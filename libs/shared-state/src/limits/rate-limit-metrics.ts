import type { Metrics } from '@atlas/platform';

export type RateLimitMetrics = ReturnType<typeof createRateLimitMetrics>;

/** The counters that all limits of an app share. */
export function createRateLimitMetrics(metrics: Pick<Metrics, 'counter'>) {
  const limit = ['limit'] as const;
  return {
    refused: metrics.counter('rate_limit_refused_total', 'Requests refused because a limit was exceeded.', limit),
    unchecked: metrics.counter('rate_limit_unchecked_total', 'Requests whose limit could not be checked.', limit),
  };
}
