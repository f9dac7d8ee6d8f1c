import type { Projection } from '@atlas/projections';
import { chargesDaily } from './charges/charges-daily.projection.domain.ts';
import { revenueDaily } from './revenue/revenue-daily.projection.domain.ts';
import { sagaOutcomes } from './sagas/saga-outcomes.projection.domain.ts';
import { revenueBySku } from './skus/revenue-by-sku.projection.domain.ts';
import { subscriptions } from './subscriptions/subscriptions.projection.domain.ts';

/**
 * Every projection of this service. A new one is a file beside its feature and a line here; a changed `project` is a
 * second declaration of the name with the next version, here as long as the old one is live.
 */
export const projections: readonly Projection[] = [
  revenueDaily,
  revenueBySku,
  chargesDaily,
  subscriptions,
  sagaOutcomes,
];
