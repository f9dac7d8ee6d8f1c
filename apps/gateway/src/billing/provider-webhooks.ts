import { HttpProblem } from '@atlas/platform';
import { Router } from 'express';
import { createServiceClient, ServiceDownError, type ServiceClientOptions } from '../edge/service-client.ts';

/** What a payment provider calls when it has news: it has no account here, and signs what it says. */
export interface ProviderWebhooks {
  /** `POST /billing/webhooks/stripe`; nothing where billing does not exist. */
  readonly routes: Router;
  stop(): Promise<void>;
}

/** Stripe gives up on an endpoint after 20 s (as of 2026); whoever gets no answer sends again. */
const answerTimeoutMs = 15_000;

/**
 * Passes the provider's webhooks on to billing, byte by byte, because the signature is over the bytes; billing checks it.
 * The request carries no identity token: whatever it says, it says in nobody's name.
 */
export function createProviderWebhooks(options: {
  billingUrl: string | undefined;
  issueToken: ServiceClientOptions['issueToken'];
}): ProviderWebhooks {
  const { billingUrl: url, issueToken } = options;
  const routes = Router();
  if (url === undefined) return { routes, stop: async () => undefined };
  const billing = createServiceClient({ service: 'billing', url, issueToken });
  routes.post('/billing/webhooks/stripe', async (req, res) => {
    try {
      const provenBy = ['stripe-signature'];
      await billing.forward(req, res, { timeoutMs: answerTimeoutMs, repeatable: false, provenBy, began: () => {} });
    } catch (error) {
      if (!(error instanceof ServiceDownError)) throw error;
      const detail = 'Billing does not answer at the moment. Send it again shortly.';
      throw new HttpProblem(503, 'SERVICE_UNAVAILABLE', detail, {}, { 'retry-after': '2' }, { cause: error });
    }
  });
  return { routes, stop: () => billing.close() };
}
