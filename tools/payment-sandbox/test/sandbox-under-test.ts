import { createLogger } from '@atlas/platform';
import { createPaymentSandbox, type PaymentSandboxOptions } from '../src/index.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/** A started sandbox on a free port, with the few requests that its tests repeat. */
export async function startSandbox(options: Partial<PaymentSandboxOptions> = {}) {
  const logger = createLogger({ service: 'payment-sandbox', level: 'silent' });
  const sandbox = createPaymentSandbox({ port: 0, logger, ...options });
  const { url } = await sandbox.start();
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    ...sandbox,
    url,
    post,
    get: async (path: string) => (await fetch(`${url}${path}`)).json() as Promise<Json>,
    text: async (path: string) => (await fetch(`${url}${path}`)).text(),
    behave: (change: unknown) => post('/behaviour', change),
    pay: (key: string, body: Record<string, unknown> = {}) =>
      post('/payments', { ...order, metadata: { charge_id: key }, ...body }, { 'idempotency-key': key }),
  };
}

export const order = { amount_cents: 4900, currency: 'EUR', payment_method: 'pm_card_visa' };
