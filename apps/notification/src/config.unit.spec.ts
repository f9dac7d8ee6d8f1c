import { ConfigError, loadConfig } from '@atlas/platform';
import { configSchema } from './config.ts';

const environment = {
  NODE_ENV: 'development',
  AWS_REGION: 'eu-central-1',
  REDIS_URL: 'redis://127.0.0.1:6379',
  SMTP_URL: 'smtp://127.0.0.1:1025',
  MAIL_FROM: 'Atlas <no-reply@atlas.example>',
  NOTIFICATION_PORT: '4001',
  IDENTITY_JWKS_URL: 'http://127.0.0.1:4000/.well-known/jwks.json',
};

it('has defaults for everything that need not be said', () => {
  const config = loadConfig(configSchema, environment);
  expect(config).toMatchObject({ ATLAS_PREFIX: 'atlas', QUEUE_WAIT_SECONDS: 20, QUEUE_VISIBILITY_SECONDS: 30 });
  expect(config.WEBHOOK_ALLOWED_HOSTS).toEqual([]);
});

it('reads the exceptions of the address guard as a list', () => {
  const config = loadConfig(configSchema, { ...environment, WEBHOOK_ALLOWED_HOSTS: '127.0.0.1, localhost:4010,' });
  expect(config.WEBHOOK_ALLOWED_HOSTS).toEqual(['127.0.0.1', 'localhost:4010']);
});

it('refuses exceptions of the address guard in production', () => {
  const production = { ...environment, NODE_ENV: 'production', WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' };
  expect(() => loadConfig(configSchema, production)).toThrow(/WEBHOOK_ALLOWED_HOSTS.*production/s);
});

it('reports all that is wrong at once', () => {
  const broken = { ...environment, SMTP_URL: 'mail', MAIL_FROM: '', QUEUE_WAIT_SECONDS: '21' };
  expect(() => loadConfig(configSchema, broken)).toThrow(ConfigError);
  expect(() => loadConfig(configSchema, broken)).toThrow(/SMTP_URL[\s\S]*MAIL_FROM[\s\S]*QUEUE_WAIT_SECONDS/);
});
