import type { Metrics } from '@atlas/platform';

export type BudgetMetrics = ReturnType<typeof createBudgetMetrics>;

/** The counters that all outbound budgets of an app share. */
export function createBudgetMetrics(metrics: Pick<Metrics, 'counter'>) {
  const budget = ['budget'] as const;
  return {
    full: metrics.counter('outbound_budget_full_total', 'Calls put off because no slot came free in time.', budget),
    lost: metrics.counter('outbound_budget_leases_lost_total', 'Slots whose lease ended under their holder.', budget),
  };
}
