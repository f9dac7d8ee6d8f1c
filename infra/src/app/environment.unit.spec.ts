import { type DescribedApp, describedApps } from '../described-apps.ts';
import { stages } from '../stages.ts';
import { environmentOf } from './environment.ts';

const billing = describedApps().find(({ name }) => name === 'billing')!;
const offer = {
  stage: stages[0]!,
  accountId: '123456789012',
  urlOf: (app: string) => `http://inside/${app}`,
  apps: ['gateway', 'billing'] as const,
};
const and = (name: string, secret = false): DescribedApp => ({
  ...billing,
  environment: [...billing.environment, { name, required: true, secret }],
});

test('an app gets what it reads, and no more', () => {
  const { plain, usesPostgres, usesRedis } = environmentOf(billing, offer);
  expect(plain).toMatchObject({
    ...{ BILLING_PORT: '4002', BILLING_HOST: '0.0.0.0', ATLAS_PREFIX: 'atlas-dev', NODE_ENV: 'production' },
    IDENTITY_JWKS_URL: 'http://inside/gateway/.well-known/jwks.json',
  });
  expect(plain).not.toHaveProperty('BILLING_URL');
  expect({ usesPostgres, usesRedis }).toEqual({ usesPostgres: false, usesRedis: true });
});

test('what a deployment could not start with is refused before it is one', () => {
  expect(() => environmentOf(and('NEW_SETTING'), offer)).toThrow(/billing needs.*NEW_SETTING/);
  const forgetful = { ...billing, environment: billing.environment.filter(({ name }) => name !== 'PAYMENT_PROVIDER') };
  expect(() => environmentOf(forgetful, offer)).toThrow('billing does not read PAYMENT_PROVIDER');
});

test('what is secret is never given openly', () => {
  const secretive = {
    ...billing,
    environment: billing.environment.map((each) => ({
      ...each,
      secret: each.secret || each.name === 'PAYMENT_PROVIDER',
    })),
  };
  expect(() => environmentOf(secretive, offer)).toThrow(/keeps secret.*PAYMENT_PROVIDER/);
});
