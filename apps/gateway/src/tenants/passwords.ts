import { randomUUID } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** Argon2id (the library's default algorithm), second choice of RFC 9106 as OWASP's password storage cheat sheet tunes it. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export interface Passwords {
  /** The hash to store. Takes tens of milliseconds on a thread of its own. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the hash. Without a hash (no such user) the same work is done on a decoy and the
   * answer is false, so that the time of an answer does not tell which addresses have an account.
   */
  verify(passwordHash: string | undefined, password: string): Promise<boolean>;
}

/** Makes the password functions, with a decoy of their own that no password fits. */
export function createPasswords(): Passwords {
  const decoy = hash(randomUUID(), parameters);
  return {
    hash: (password) => hash(password, parameters),
    async verify(passwordHash, password) {
      const fits = await verify(passwordHash ?? (await decoy), password);
      return passwordHash !== undefined && fits;
    },
  };
}
