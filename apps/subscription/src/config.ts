import { environmentFields, integer, port } from '@atlas/platform';
import { z } from 'zod';

/** The environment of the subscription service. */
export const configSchema = z.object({
  NODE_ENV: environmentFields.NODE_ENV,
  LOG_LEVEL: environmentFields.LOG_LEVEL,
  AWS_REGION: environmentFields.AWS_REGION,
  ATLAS_AWS_ACCOUNT_ID: environmentFields.ATLAS_AWS_ACCOUNT_ID,
  ATLAS_PREFIX: environmentFields.ATLAS_PREFIX,
  REDIS_URL: environmentFields.REDIS_URL,
  SUBSCRIPTION_PORT: port('4003'),
  SUBSCRIPTION_HOST: z.string().default('127.0.0.1').meta({ example: '0.0.0.0' }),
  IDENTITY_JWKS_URL: environmentFields.IDENTITY_JWKS_URL,
  QUEUE_WAIT_SECONDS: environmentFields.QUEUE_WAIT_SECONDS,
  QUEUE_VISIBILITY_SECONDS: environmentFields.QUEUE_VISIBILITY_SECONDS,
  /** How long a relay's claim of outbox rows lasts: what it had claimed when it died is published after that. */
  OUTBOX_LEASE_SECONDS: integer({ min: 2, max: 600, example: '30' }).default(30),
  DRAIN_SECONDS: environmentFields.DRAIN_SECONDS,
  OTEL_EXPORTER_OTLP_ENDPOINT: environmentFields.OTEL_EXPORTER_OTLP_ENDPOINT,
  ATLAS_CRASH_AT: environmentFields.ATLAS_CRASH_AT,
});

export type SubscriptionConfig = z.output<typeof configSchema>;
