import { z } from 'zod';
import { parseCrashPoint } from '../lifecycle/crash-probe.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** A TCP port, 1 to 65535 (0 lets the system choose, for tests). */
export const port = (example: string) => integer({ min: 0, max: 65_535, example });

/** A whole number between `min` and `max`. */
export function integer(range: { min: number; max: number; example: string }) {
  const message = `must be a whole number from ${range.min} to ${range.max}`;
  return z
    .string()
    .regex(/^-?\d+$/, message)
    .transform(Number)
    .pipe(z.number().min(range.min, message).max(range.max, message))
    .meta({ example: range.example });
}

/** A URL with one of `protocols` (without the colon). */
export function url(protocols: readonly string[], example: string) {
  const message = `must be a URL that starts with ${protocols.map((name) => `${name}://`).join(' or ')}`;
  return z
    .string()
    .refine((value) => {
      const scheme = URL.canParse(value) ? new URL(value).protocol.slice(0, -1) : '';
      return protocols.includes(scheme);
    }, message)
    .meta({ example });
}

/** A comma separated list, blanks around entries dropped; at least one entry. */
export function list(example: string) {
  return z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    )
    .refine((entries) => entries.length > 0, 'must have at least one entry')
    .meta({ example });
}

const http = ['http', 'https'] as const;

/** One zod field per environment variable that several services read, with its rule, default and example. */
export const environmentFields = {
  NODE_ENV: z.enum(['development', 'test', 'production']).default('production').meta({ example: 'production' }),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info').meta({ example: 'info' }),
  AWS_REGION: z
    .string()
    .regex(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'must be a region of AWS')
    .meta({ example: 'eu-central-1' }),
  ATLAS_AWS_ACCOUNT_ID: z
    .string()
    .regex(/^\d{12}$/, 'must be the 12 digits of the AWS account')
    .meta({ example: '000000000000' }),
  ATLAS_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be lower-case letters, digits and dashes, at most 31')
    .default('atlas')
    .meta({ example: 'atlas' }),
  DATABASE_URL: url(['postgres', 'postgresql'], 'postgres://atlas:atlas@127.0.0.1:5432/atlas'),
  REDIS_URL: url(['redis', 'rediss'], 'redis://127.0.0.1:6379/0'),
  SMTP_URL: url(['smtp', 'smtps'], 'smtp://127.0.0.1:1025'),
  MAIL_FROM: z.string().includes('@', 'must be a mail address').meta({ example: 'Atlas <no-reply@atlas.example>' }),
  GATEWAY_PORT: port('4000'),
  GATEWAY_URL: url(http, 'http://127.0.0.1:4000'),
  NOTIFICATION_PORT: port('4001'),
  NOTIFICATION_URL: url(http, 'http://127.0.0.1:4001'),
  IDENTITY_JWKS_URL: url(http, 'http://127.0.0.1:4000/.well-known/jwks.json'),
  SESSION_SECRETS: list('a-long-random-string,the-previous-one')
    .refine((secrets) => secrets.every((secret) => secret.length >= 16), 'each secret must have 16 characters or more')
    .meta({ example: 'a-long-random-string,the-previous-one' }),
  /**
   * How long a stop says "not ready" before the door is closed. Behind a balancer it has to be longer than it takes the
   * balancer to notice; without one there is nobody to wait for. Requests that are in hand then need some of the 25 s of a stop, too.
   */
  DRAIN_SECONDS: integer({ min: 0, max: 15, example: '5' }).default(0),
  QUEUE_WAIT_SECONDS: integer({ min: 0, max: 20, example: '20' }).default(20),
  QUEUE_VISIBILITY_SECONDS: integer({ min: 1, max: 43_200, example: '30' }).default(30),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(http, 'http://127.0.0.1:4318').optional(),
  ATLAS_CRASH_AT: z
    .string()
    .refine((spec) => parseCrashPoint(spec) !== undefined, 'must be <step> or <step>#<n>')
    .meta({ example: 'relay.published#3' })
    .optional(),
};
