import { environmentFields, integer } from '@atlas/platform';
import { z } from 'zod';

const hosts = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .meta({ example: '127.0.0.1,localhost:4010' });

const fields = z.object({
  NODE_ENV: environmentFields.NODE_ENV,
  LOG_LEVEL: environmentFields.LOG_LEVEL,
  AWS_REGION: environmentFields.AWS_REGION,
  ATLAS_PREFIX: environmentFields.ATLAS_PREFIX,
  REDIS_URL: environmentFields.REDIS_URL,
  SMTP_URL: environmentFields.SMTP_URL,
  MAIL_FROM: environmentFields.MAIL_FROM,
  NOTIFICATION_PORT: environmentFields.NOTIFICATION_PORT,
  NOTIFICATION_HOST: z.string().default('127.0.0.1').meta({ example: '0.0.0.0' }),
  IDENTITY_JWKS_URL: environmentFields.IDENTITY_JWKS_URL,
  /** Loopback hosts that webhooks may be sent to although they are not public; for development. */
  WEBHOOK_ALLOWED_HOSTS: hosts.default([]),
  /** How long a receiver of webhooks may take to answer. */
  WEBHOOK_TIMEOUT_SECONDS: integer({ min: 1, max: 60, example: '15' }).default(15),
  QUEUE_WAIT_SECONDS: environmentFields.QUEUE_WAIT_SECONDS,
  QUEUE_VISIBILITY_SECONDS: environmentFields.QUEUE_VISIBILITY_SECONDS,
  /** Sessions with the mail server. */
  SMTP_CONNECTIONS: integer({ min: 1, max: 100, example: '10' }).default(10),
  /** Mails that all replicas together hand over at a time: what the mail provider allows us. */
  MAIL_BUDGET: integer({ min: 1, max: 10_000, example: '50' }).default(50),
  /** Webhooks that all replicas together post to one host at a time, whoever's endpoints they are. */
  WEBHOOK_HOST_BUDGET: integer({ min: 1, max: 10_000, example: '64' }).default(64),
  DRAIN_SECONDS: environmentFields.DRAIN_SECONDS,
  OTEL_EXPORTER_OTLP_ENDPOINT: environmentFields.OTEL_EXPORTER_OTLP_ENDPOINT,
  ATLAS_CRASH_AT: environmentFields.ATLAS_CRASH_AT,
});

/** The environment of the notification service. Exceptions to the address guard do not exist in production. */
export const configSchema = fields.refine(
  (env) => env.NODE_ENV !== 'production' || env.WEBHOOK_ALLOWED_HOSTS.length === 0,
  {
    path: ['WEBHOOK_ALLOWED_HOSTS'],
    message: 'must not be set in production: it lets webhooks reach addresses inside',
  },
);

export type NotificationConfig = z.output<typeof configSchema>;
