import { fits, hashOf, newSecret } from './secret.ts';

describe('a secret', () => {
  it('has 256 random bits, and no two are the same', () => {
    const secrets = Array.from({ length: 1_000 }, () => newSecret().secret);
    expect(Buffer.from(secrets[0]!, 'base64url')).toHaveLength(32);
    expect(new Set(secrets).size).toBe(1_000);
  });

  it('fits its own hash and no other, and its hash does not hold it', () => {
    const { secret, hash } = newSecret('invite_');
    expect(secret).toMatch(/^invite_/);
    expect(fits(secret, hash)).toBe(true);
    expect(fits(secret.slice(1), hash)).toBe(false);
    expect(fits(secret, hashOf('another'))).toBe(false);
    expect(hash.toString()).not.toContain(secret);
  });
});
