import { ConfigError, loadConfig } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import { z } from 'zod';
import { checkPaymentProvider, paymentProviderFields } from './payment-provider.config.ts';

const schema = z
  .object({ NODE_ENV: z.enum(['development', 'production']), ...paymentProviderFields })
  .superRefine(checkPaymentProvider);
const stripe = {
  PAYMENT_PROVIDER: 'stripe',
  STRIPE_SECRET_KEY: 'sk_test_123',
  STRIPE_WEBHOOK_SECRETS: 'whsec_0123456789abcdef,whsec_fedcba9876543210',
};

function refusalOf(env: Record<string, string>): string | undefined {
  try {
    loadConfig(schema, env);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

it('is the sandbox where nothing is said, on a machine for development', () => {
  expect(loadConfig(schema, { NODE_ENV: 'development' })).toMatchObject({
    PAYMENT_SANDBOX_URL: 'http://127.0.0.1:4020',
    PAYMENT_TIMEOUT_MS: 10_000,
  });
});

it('reads several webhook secrets, for the days when one is rolled', () => {
  expect(loadConfig(schema, { NODE_ENV: 'production', ...stripe }).STRIPE_WEBHOOK_SECRETS).toHaveLength(2);
});

it.each([
  ['no provider in production: nobody would be charged', { NODE_ENV: 'production' }, 'PAYMENT_PROVIDER'],
  ['Stripe without a key', { NODE_ENV: 'development', ...stripe, STRIPE_SECRET_KEY: undefined }, 'STRIPE_SECRET_KEY'],
  ['a publishable key', { NODE_ENV: 'development', ...stripe, STRIPE_SECRET_KEY: 'pk_test_1' }, 'STRIPE_SECRET_KEY'],
  [
    'Stripe that cannot tell',
    { NODE_ENV: 'development', ...stripe, STRIPE_WEBHOOK_SECRETS: undefined },
    'STRIPE_WEBHOOK_SECRETS',
  ],
  [
    'a webhook secret that is none',
    { NODE_ENV: 'development', STRIPE_WEBHOOK_SECRETS: 'secret' },
    'STRIPE_WEBHOOK_SECRETS',
  ],
  ['another Stripe in production', { NODE_ENV: 'production', ...stripe, STRIPE_API_URL: 'http://x' }, 'STRIPE_API_URL'],
])('refuses %s', (_name, env, field) => {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  expect(refusalOf(Object.fromEntries(given))).toContain(field);
});

leakCheck();
