import fc from 'fast-check';
import type { ApiKeyId } from '../ids.domain.ts';
import { newSecret } from '../secret.ts';
import { readKey, writeKey } from './key-text.ts';

const keyId = '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c4d' as ApiKeyId;

describe('the text of an API key', () => {
  it('is read back to what it was written from', () => {
    const { secret } = newSecret();
    expect(readKey(writeKey(keyId, secret))).toEqual({ keyId, secret });
  });

  it('shows at its beginning whose key it is, for scanners of leaked secrets', () => {
    expect(writeKey(keyId, newSecret().secret)).toMatch(/^atlas_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/);
  });

  it('that is damaged is no key', () => {
    const key = writeKey(keyId, newSecret().secret);
    const damages = [key.slice(1), key.slice(0, -1), `${key}A`, key.toUpperCase(), ` ${key}`, `${key}\n`, ''];
    for (const damaged of damages) expect(readKey(damaged)).toBeUndefined();
  });

  it('is never read from garbage, and garbage never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `atlas_${text}`),
        ),
        (text) => {
          expect(readKey(text)).toBeUndefined();
        },
      ),
    );
  });
});
