import { environmentFields, integer, url } from '@atlas/platform';
import { z } from 'zod';

const signingKey = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1),
  x: z.string().min(1),
  d: z.string().min(1),
});

const signingKeys = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a JSON array of private Ed25519 JWKs' });
      return z.NEVER;
    }
  })
  .pipe(z.array(signingKey, 'must be a JSON array of private Ed25519 JWKs').min(1, 'must have at least one key'))
  .meta({ example: '[{"kty":"OKP","crv":"Ed25519","kid":"2026-11","x":"...","d":"..."}]', secret: true });

/**
 * How many proxies stand before the gateway, or which ones: what they say about the client's address and about https is
 * believed. `0` believes nobody, which is right without a proxy and wrong behind one (no Secure cookie would be sent).
 */
const trustProxy = z
  .string()
  .transform((text) => (/^\d+$/.test(text) ? Number(text) : text.split(',').map((entry) => entry.trim())))
  .meta({ example: '1' });

const fields = z.object({
  NODE_ENV: environmentFields.NODE_ENV,
  LOG_LEVEL: environmentFields.LOG_LEVEL,
  AWS_REGION: environmentFields.AWS_REGION,
  ATLAS_AWS_ACCOUNT_ID: environmentFields.ATLAS_AWS_ACCOUNT_ID,
  ATLAS_PREFIX: environmentFields.ATLAS_PREFIX,
  DATABASE_URL: environmentFields.DATABASE_URL,
  REDIS_URL: environmentFields.REDIS_URL,
  GATEWAY_PORT: environmentFields.GATEWAY_PORT,
  GATEWAY_HOST: z.string().default('127.0.0.1').meta({ example: '0.0.0.0' }),
  NOTIFICATION_URL: environmentFields.NOTIFICATION_URL,
  /** Without a URL the service does not exist: the monolith answers for reporting, and nobody for the other two. */
  REPORTING_URL: url(['http', 'https'], 'http://127.0.0.1:4004').optional(),
  BILLING_URL: url(['http', 'https'], 'http://127.0.0.1:4002').optional(),
  SUBSCRIPTION_URL: url(['http', 'https'], 'http://127.0.0.1:4003').optional(),
  /** How much time one judgement about a slice looks at; three in a row that are bad set it back. */
  STRANGLER_WINDOW_SECONDS: integer({ min: 1, max: 3_600, example: '10' }).default(10),
  IDENTITY_SIGNING_KEYS: signingKeys,
  SESSION_SECRETS: environmentFields.SESSION_SECRETS,
  TRUST_PROXY: trustProxy.default(0),
  OPERATOR_EMAIL: z.email('must be an e-mail address').optional().meta({ example: 'operator@atlas.example' }),
  OPERATOR_PASSWORD: z
    .string()
    .min(12, 'must have 12 characters or more')
    .optional()
    .meta({ example: 'a-long-password' }),
  /** How long a relay's claim of outbox rows lasts: what it had claimed when it died is published after that. */
  OUTBOX_LEASE_SECONDS: integer({ min: 2, max: 600, example: '30' }).default(30),
  /** Sign-ups from one address: nobody confirms an e-mail address first, so this is what stands before a program. */
  SIGN_UPS_PER_HOUR: integer({ min: 1, max: 1_000_000, example: '30' }).default(30),
  /** Requests that one signed-in user, one API key (reads and changes each), one address without either may send. */
  RATE_LIMIT_USER_PER_MINUTE: integer({ min: 1, max: 10_000_000, example: '1200' }).default(1_200),
  RATE_LIMIT_API_KEY_PER_MINUTE: integer({ min: 1, max: 10_000_000, example: '3000' }).default(3_000),
  RATE_LIMIT_ADDRESS_PER_MINUTE: integer({ min: 1, max: 10_000_000, example: '600' }).default(600),
  IMPORT_RATE_PER_SECOND: integer({ min: 1, max: 100_000, example: '500' }).default(500),
  DRAIN_SECONDS: environmentFields.DRAIN_SECONDS,
  OTEL_EXPORTER_OTLP_ENDPOINT: environmentFields.OTEL_EXPORTER_OTLP_ENDPOINT,
  ATLAS_CRASH_AT: environmentFields.ATLAS_CRASH_AT,
});

/** The environment of the gateway. Both operator variables or none. */
export const configSchema = fields
  .refine((env) => !env.OPERATOR_EMAIL || env.OPERATOR_PASSWORD, {
    path: ['OPERATOR_PASSWORD'],
    message: 'is missing: OPERATOR_EMAIL is set, and an operator needs both',
  })
  .refine((env) => !env.OPERATOR_PASSWORD || env.OPERATOR_EMAIL, {
    path: ['OPERATOR_EMAIL'],
    message: 'is missing: OPERATOR_PASSWORD is set, and an operator needs both',
  });

export type GatewayConfig = z.output<typeof configSchema>;
