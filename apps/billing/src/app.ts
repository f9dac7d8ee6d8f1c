import { createEventService, type EventService, type EventServiceDeps } from '@atlas/messaging';
import type { BillingConfig } from './config.ts';
import { createCharges } from './charge/create-charges.ts';
import { createHandlers } from './handlers.ts';
import { historyRoutes } from './history/history.routes.ts';
import { createPaymentProvider } from './payment-provider/payment-provider.config.ts';
import type { PaymentProvider } from './payment-provider/payment-provider.ts';
import { createReplayGuard } from './payment-provider/stripe/replay-guard.ts';
import { signatureToleranceMs, stripeWebhookRoutes } from './payment-provider/stripe/stripe-webhook.routes.ts';
import { plansRoutes } from './plans/plans.routes.ts';
import { billingTableNames } from './tables.ts';

/** What main.ts opens and closes again; the service only uses it. */
export interface BillingDeps extends EventServiceDeps {
  config: BillingConfig;
  /** Only tests set these. */
  provider?: PaymentProvider;
  sweepMs?: number;
  reportMs?: number;
}

/** Wires the service together. */
export function createApp(deps: BillingDeps): EventService {
  const { config, redis, logger, metrics, clock, probe } = deps;
  const prefix = config.ATLAS_PREFIX;
  const tables = billingTableNames(prefix);
  const now = () => clock().getTime();
  return createEventService({
    ...deps,
    service: 'billing',
    listen: { port: config.BILLING_PORT, host: config.BILLING_HOST },
    tables: { ...tables },
    facts: tables.events,
    parts({ outbox }) {
      const provider = deps.provider ?? createPaymentProvider({ config, metrics, logger, now });
      const charges = createCharges({ ...deps, tables, outbox, provider });
      const { settle } = charges;
      const secrets = config.STRIPE_WEBHOOK_SECRETS;
      const replays = createReplayGuard({ redis, prefix, keptMs: 2 * signatureToleranceMs });
      return {
        handlers: createHandlers({ ...charges, probe }),
        routers: [plansRoutes(), historyRoutes({ accounts: charges.accounts }), ...charges.routers],
        openRouters: secrets
          ? [stripeWebhookRoutes({ secrets, replays, settle, chargeOf: provider.chargeOf, now, logger, metrics })]
          : [],
        // Requests are taken while the payment provider is away; they wait in the queue.
        canConsume: () => answers(provider),
        background: charges,
        close: () => provider.close(),
      };
    },
  });
}

const answers = (provider: PaymentProvider): Promise<boolean> =>
  provider.check().then(
    () => true,
    () => false,
  );
