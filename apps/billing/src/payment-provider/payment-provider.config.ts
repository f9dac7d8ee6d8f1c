import { integer, list, type Logger, type Metrics, url } from '@atlas/platform';
import { z } from 'zod';
import { createCallPolicy } from './call-policy.ts';
import type { PaymentProvider } from './payment-provider.ts';
import { createProviderOverWire } from './provider-over-wire.ts';
import { createSandboxWire } from './sandbox/sandbox-wire.ts';
import { createStripeWire } from './stripe/stripe-wire.ts';

/** The part of billing's environment that says who moves the money. */
export const paymentProviderFields = {
  /** Absent: the sandbox, which moves no money; in production it has to be named. */
  PAYMENT_PROVIDER: z.enum(['sandbox', 'stripe']).optional().meta({ example: 'stripe' }),
  PAYMENT_SANDBOX_URL: url(['http', 'https'], 'http://127.0.0.1:4020').default('http://127.0.0.1:4020'),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_\w+$/, 'must be a secret or restricted key: sk_… or rk_…')
    .optional()
    .meta({ example: 'sk_test_…' }),
  /** Where Stripe is; only to try the adapter against the sandbox. */
  STRIPE_API_URL: url(['http', 'https'], 'http://127.0.0.1:4020').optional(),
  /** The endpoint's signing secrets, the old one too while it is being rolled. Absent: there is no endpoint. */
  STRIPE_WEBHOOK_SECRETS: list('whsec_new,whsec_old')
    .refine((secrets) => secrets.every((secret) => /^whsec_\S{16,}$/.test(secret)), 'each must begin with whsec_')
    .optional(),
  /** How long one call to the provider may take. */
  PAYMENT_TIMEOUT_MS: integer({ min: 100, max: 60_000, example: '10000' }).default(10_000),
};

type PaymentProviderConfig = z.output<z.ZodObject<typeof paymentProviderFields>>;

/** For `superRefine`: what the fields must be together. */
export function checkPaymentProvider(
  env: PaymentProviderConfig & { NODE_ENV: string },
  context: z.core.$RefinementCtx,
): void {
  const refuse = (field: keyof PaymentProviderConfig, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });
  if (env.NODE_ENV === 'production' && env.PAYMENT_PROVIDER === undefined) {
    refuse('PAYMENT_PROVIDER', 'must be named in production: stripe, or sandbox to charge nobody');
  }
  if (env.NODE_ENV === 'production' && env.STRIPE_API_URL !== undefined) {
    refuse('STRIPE_API_URL', 'must not be set in production: Stripe is at Stripe');
  }
  if (env.PAYMENT_PROVIDER !== 'stripe') return;
  if (env.STRIPE_SECRET_KEY === undefined) refuse('STRIPE_SECRET_KEY', 'is needed for PAYMENT_PROVIDER=stripe');
  if (env.STRIPE_WEBHOOK_SECRETS === undefined) {
    refuse('STRIPE_WEBHOOK_SECRETS', 'is needed for PAYMENT_PROVIDER=stripe: late results come by webhook');
  }
}

/** The provider that the environment names. */
export function createPaymentProvider(deps: {
  config: PaymentProviderConfig;
  metrics: Metrics;
  logger: Logger;
  now: () => number;
}): PaymentProvider {
  const { config, metrics, logger, now } = deps;
  const timeoutMs = config.PAYMENT_TIMEOUT_MS;
  const wire =
    config.PAYMENT_PROVIDER === 'stripe'
      ? createStripeWire({ secretKey: config.STRIPE_SECRET_KEY ?? '', url: config.STRIPE_API_URL, timeoutMs })
      : createSandboxWire({ url: config.PAYMENT_SANDBOX_URL });
  const policy = createCallPolicy({ provider: wire.name, timeoutMs, metrics, logger });
  return createProviderOverWire({ wire, policy, now });
}
