import { ConfigError, loadConfig } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import { configSchema } from './config.ts';

const environment = {
  NODE_ENV: 'development',
  AWS_REGION: 'eu-central-1',
  ATLAS_AWS_ACCOUNT_ID: '000000000000',
  REDIS_URL: 'redis://127.0.0.1:6379',
  BILLING_PORT: '4002',
  IDENTITY_JWKS_URL: 'http://127.0.0.1:4000/.well-known/jwks.json',
};

it('has defaults for everything that need not be said', () => {
  expect(loadConfig(configSchema, environment)).toMatchObject({
    ...{ ATLAS_PREFIX: 'atlas', PAYMENT_BUDGET: 20, REVERSAL_ATTEMPTS: 5, REVERSAL_RETRY_SECONDS: 10 },
    ...{ UNRESOLVED_AFTER_SECONDS: 900, PAYMENT_PENDING_SECONDS: 300, PAYMENT_SANDBOX_URL: 'http://127.0.0.1:4020' },
  });
});

it('does not charge by the sandbox in production because nobody said otherwise', () => {
  expect(() => loadConfig(configSchema, { ...environment, NODE_ENV: 'production' })).toThrow(/PAYMENT_PROVIDER/);
});

it('reports all that is wrong at once', () => {
  const broken = { ...environment, BILLING_PORT: 'http', PAYMENT_BUDGET: '0', REVERSAL_ATTEMPTS: '21' };
  expect(() => loadConfig(configSchema, broken)).toThrow(ConfigError);
  expect(() => loadConfig(configSchema, broken)).toThrow(/BILLING_PORT[\s\S]*PAYMENT_BUDGET[\s\S]*REVERSAL_ATTEMPTS/);
});

leakCheck();
