import { environmentFields, integer, port } from '@atlas/platform';
import { z } from 'zod';
import { checkPaymentProvider, paymentProviderFields } from './payment-provider/payment-provider.config.ts';

const fields = z.object({
  NODE_ENV: environmentFields.NODE_ENV,
  LOG_LEVEL: environmentFields.LOG_LEVEL,
  AWS_REGION: environmentFields.AWS_REGION,
  ATLAS_AWS_ACCOUNT_ID: environmentFields.ATLAS_AWS_ACCOUNT_ID,
  ATLAS_PREFIX: environmentFields.ATLAS_PREFIX,
  REDIS_URL: environmentFields.REDIS_URL,
  BILLING_PORT: port('4002'),
  BILLING_HOST: z.string().default('127.0.0.1').meta({ example: '0.0.0.0' }),
  IDENTITY_JWKS_URL: environmentFields.IDENTITY_JWKS_URL,
  ...paymentProviderFields,
  /** Calls to the payment provider that all replicas together make at a time. */
  PAYMENT_BUDGET: integer({ min: 1, max: 10_000, example: '20' }).default(20),
  /** When to ask about a payment that the provider is still at; usually it tells us before. */
  PAYMENT_PENDING_SECONDS: integer({ min: 1, max: 86_400, example: '300' }).default(300),
  /** Refusals of a reversal after which an operator has to decide about it. */
  REVERSAL_ATTEMPTS: integer({ min: 1, max: 20, example: '5' }).default(5),
  /** The pause after the first refusal of a reversal; each further one is four times as long, an hour at most. */
  REVERSAL_RETRY_SECONDS: integer({ min: 1, max: 3_600, example: '10' }).default(10),
  /** A charge that succeeded and heard of no subscription for so long is reported. */
  UNRESOLVED_AFTER_SECONDS: integer({ min: 1, max: 86_400, example: '900' }).default(900),
  QUEUE_WAIT_SECONDS: environmentFields.QUEUE_WAIT_SECONDS,
  QUEUE_VISIBILITY_SECONDS: environmentFields.QUEUE_VISIBILITY_SECONDS,
  /** How long a relay's claim of outbox rows lasts: what it had claimed when it died is published after that. */
  OUTBOX_LEASE_SECONDS: integer({ min: 2, max: 600, example: '30' }).default(30),
  DRAIN_SECONDS: environmentFields.DRAIN_SECONDS,
  OTEL_EXPORTER_OTLP_ENDPOINT: environmentFields.OTEL_EXPORTER_OTLP_ENDPOINT,
  ATLAS_CRASH_AT: environmentFields.ATLAS_CRASH_AT,
});

/** The environment of the billing service. */
export const configSchema = fields.superRefine(checkPaymentProvider);

export type BillingConfig = z.output<typeof configSchema>;
