import { environmentFields, port } from '@atlas/platform';
import { z } from 'zod';

/** The environment of the reporting service. There is no DATABASE_URL in it: it never asks PostgreSQL. */
export const configSchema = z.object({
  NODE_ENV: environmentFields.NODE_ENV,
  LOG_LEVEL: environmentFields.LOG_LEVEL,
  AWS_REGION: environmentFields.AWS_REGION,
  ATLAS_PREFIX: environmentFields.ATLAS_PREFIX,
  REDIS_URL: environmentFields.REDIS_URL,
  REPORTING_PORT: port('4004'),
  REPORTING_HOST: z.string().default('127.0.0.1').meta({ example: '0.0.0.0' }),
  IDENTITY_JWKS_URL: environmentFields.IDENTITY_JWKS_URL,
  QUEUE_WAIT_SECONDS: environmentFields.QUEUE_WAIT_SECONDS,
  QUEUE_VISIBILITY_SECONDS: environmentFields.QUEUE_VISIBILITY_SECONDS,
  DRAIN_SECONDS: environmentFields.DRAIN_SECONDS,
  OTEL_EXPORTER_OTLP_ENDPOINT: environmentFields.OTEL_EXPORTER_OTLP_ENDPOINT,
  ATLAS_CRASH_AT: environmentFields.ATLAS_CRASH_AT,
});

export type ReportingConfig = z.output<typeof configSchema>;
