import { type EventType, makeEnvelope, type NewPayload } from '@atlas/event-contracts';
import {
  openServiceKit,
  type RunningEventService,
  type RunOptions,
  testEnvironment,
} from '@atlas/messaging/service-kit';
import { createPaymentSandbox } from '@atlas/payment-sandbox';
import { captureLogs, type ServiceClient } from '@atlas/testing';
import { v7 } from 'uuid';
import { type BillingDeps, createApp } from '../src/app.ts';
import type { BillingConfig } from '../src/config.ts';
import { billingTableNames, billingTables } from '../src/tables.ts';

export { newTenant } from '@atlas/messaging/service-kit';

/** Signs what the payment provider tells by itself. */
export const webhookSecret = 'whsec_0123456789abcdef';

export interface Service extends RunningEventService {
  /** A client with a fresh identity token of this tenant, whose user has an address; role `owner` unless said otherwise. */
  as(
    tenantId: string,
    role?: 'owner' | 'member' | 'operator',
    who?: { audience?: string; email?: string },
  ): ServiceClient;
}

export interface ServiceOptions extends RunOptions, Partial<Pick<BillingDeps, 'sweepMs' | 'reportMs' | 'provider'>> {
  readonly config?: Partial<BillingConfig>;
}

/** What the sandbox has in its books. */
export interface Ledger {
  readonly payments: readonly { status: string; amount_cents: number; id: string }[];
  readonly refunds: readonly { status: string; amount_cents: number }[];
}

export type BillingKit = Awaited<ReturnType<typeof openBillingKit>>;

/** The whole service over the real stack and a payment sandbox, with topics, queues and tables of its own. */
export async function openBillingKit() {
  const { run, ...kit } = await openServiceKit('billing', billingTables);
  const sandbox = createPaymentSandbox({ port: 0, logger: captureLogs().logger });
  const { url: sandboxUrl } = await sandbox.start();
  kit.release.defer('sandbox', () => sandbox.stop());
  const tables = billingTableNames(kit.prefix);
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${sandboxUrl}${path}`, { ...init, headers: { 'content-type': 'application/json', connection: 'close' } });

  return {
    ...kit,
    tables,
    sandboxUrl,
    async start({
      config,
      sweepMs = 100,
      reportMs = 100,
      provider,
      ...options
    }: ServiceOptions = {}): Promise<Service> {
      const whole = { ...billingConfig(kit.prefix, sandboxUrl), ...config };
      const own = { config: whole, sweepMs, reportMs, ...(provider === undefined ? {} : { provider }) };
      const service = await run((deps) => createApp({ ...deps, ...own }), options);
      const as: Service['as'] = (tenant, role, who) => service.as(tenant, role, { email: 'ada@example.com', ...who });
      return { ...service, as };
    },
    /** What waits or has waited to be published about this account. */
    async outboxRows(tenantId: string): Promise<Record<string, unknown>[]> {
      return (await kit.items(tables.outbox)).filter(({ tenant_id }) => tenant_id === tenantId);
    },
    /** Puts an event straight into the service's queue, `copies` times; `id` when it is to be the same as another's. */
    async send<T extends EventType>(
      type: T,
      payload: NewPayload<T>,
      { tenantId, id = v7(), copies = 1 }: { tenantId: string; id?: string; copies?: number },
    ): Promise<void> {
      const ids = { id, correlationId: `correlation-${id}`, causationId: id };
      const rest = { source: 'test', tenantId, subject: 's', sequence: 1, timestamp: new Date().toISOString() };
      const envelope = makeEnvelope(type, payload, { ...ids, ...rest });
      await kit.send(...Array.from({ length: copies }, () => envelope));
    },
    async ledger(chargeId: string): Promise<Ledger> {
      return (await (await ask(`/ledger?charge_id=${chargeId}`)).json()) as Ledger;
    },
    /** Tells the sandbox how to behave, or does something else there. */
    async sandbox(path: string, body: unknown = {}): Promise<void> {
      const answer = await ask(path, { method: 'POST', body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`);
      await answer.body?.cancel();
    },
  };
}

function billingConfig(prefix: string, sandboxUrl: string): BillingConfig {
  return {
    ...testEnvironment(prefix),
    BILLING_PORT: 0,
    BILLING_HOST: '127.0.0.1',
    PAYMENT_PROVIDER: 'sandbox',
    PAYMENT_SANDBOX_URL: sandboxUrl,
    STRIPE_SECRET_KEY: undefined,
    STRIPE_API_URL: undefined,
    STRIPE_WEBHOOK_SECRETS: [webhookSecret],
    PAYMENT_TIMEOUT_MS: 2_000,
    PAYMENT_BUDGET: 20,
    PAYMENT_PENDING_SECONDS: 1,
    REVERSAL_ATTEMPTS: 3,
    REVERSAL_RETRY_SECONDS: 1,
    UNRESOLVED_AFTER_SECONDS: 900,
  };
}
