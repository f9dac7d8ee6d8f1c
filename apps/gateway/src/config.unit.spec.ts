import { loadConfig } from '@atlas/platform';
import { configSchema } from './config.ts';

const environment = {
  AWS_REGION: 'eu-central-1',
  ATLAS_AWS_ACCOUNT_ID: '000000000000',
  DATABASE_URL: 'postgres://atlas:secret@127.0.0.1:5432/atlas',
  REDIS_URL: 'redis://127.0.0.1:6379',
  GATEWAY_PORT: '4000',
  NOTIFICATION_URL: 'http://127.0.0.1:4001',
  IDENTITY_SIGNING_KEYS: '[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"x","d":"d"}]',
  SESSION_SECRETS: 'a-long-random-string,the-previous-one',
};
const load = (change: Record<string, string | undefined>) => loadConfig(configSchema, { ...environment, ...change });

describe('the configuration', () => {
  it('needs no operator, believes no proxy and imports 500 orders a second, unless told otherwise', () => {
    expect(load({})).toMatchObject({ TRUST_PROXY: 0, IMPORT_RATE_PER_SECOND: 500 });
    expect(load({}).OPERATOR_EMAIL).toBeUndefined();
  });

  it.each([
    ['1', 1],
    ['loopback, 10.0.0.0/8', ['loopback', '10.0.0.0/8']],
  ])('TRUST_PROXY=%s is %j', (text, expected) => {
    expect(load({ TRUST_PROXY: text }).TRUST_PROXY).toEqual(expected);
  });

  it.each([
    [{ OPERATOR_EMAIL: 'o@example.com' }, /OPERATOR_PASSWORD .*is missing: OPERATOR_EMAIL is set/],
    [{ OPERATOR_PASSWORD: 'long-enough-password' }, /OPERATOR_EMAIL .*is missing: OPERATOR_PASSWORD is set/],
    [{ IDENTITY_SIGNING_KEYS: 'nonsense' }, /IDENTITY_SIGNING_KEYS .*must be a JSON array of private Ed25519 JWKs/],
    [{ IDENTITY_SIGNING_KEYS: '[]' }, /IDENTITY_SIGNING_KEYS .*must have at least one key/],
    [{ SESSION_SECRETS: 'short' }, /SESSION_SECRETS .*16 characters/],
    [{ GATEWAY_PORT: '' }, /GATEWAY_PORT +is missing/],
  ])('%j is reported in words', (change, report) => {
    expect(() => load(change)).toThrow(report);
  });

  it('reports everything at once and never a secret', () => {
    const wrong = { SESSION_SECRETS: 'hunter2', REDIS_URL: 'http://x', AWS_REGION: undefined };
    expect(() => load(wrong)).toThrow(/3 variables/);
    expect(() => load(wrong)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
  });
});
