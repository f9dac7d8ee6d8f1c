import { createHash } from 'node:crypto';
import { type Logger, problem } from '@atlas/platform';
import { BudgetFullError, createOutboundBudget } from '@atlas/shared-state';
import type { Redis } from 'ioredis';

export interface SignInThrottle {
  /**
   * Runs `check`, which resolves with whoever the password belongs to, unless there were too many wrong guesses: then it
   * throws a 429 problem with Retry-After and checks nothing. With Redis out of reach nobody gets to guess either: 503.
   */
  guess<T>(who: Guess, check: () => Promise<T | undefined>): Promise<T | undefined>;
}

export interface Guess {
  readonly address: string;
  readonly email: string;
}

interface Limit {
  spend(key: string): Promise<unknown>;
  refund(key: string): Promise<unknown>;
}

export interface SignInLimits {
  /** For one account from one address: where a person mistypes. */
  readonly signInByAccount: Limit;
  /** From one address, whatever the account: where many persons are, or one who tries a password on everybody. */
  readonly signInByAddress: Limit;
  /** For one account from all addresses that it never signed in from: a guess by many machines. */
  readonly signInAnywhere: Limit;
}

const knownSeconds = 30 * 24 * 60 * 60;
/**
 * Passwords that are checked at a time, in all replicas: for one account from one address, and from one address. Well below
 * the limits of wrong ones, so that right ones that come together wait for each other and never meet a limit.
 */
const atATime = { account: 3, address: 50 };
const longestWaitMs = 5_000;
/** A process that is killed keeps its places for so long: less than the others wait. A living one renews them. */
const leaseMs = 2_000;

/**
 * Counts wrong guesses by account and address. A guess is counted before its password is checked and given back when it
 * was right, so that a thousand guesses sent at once are a thousand. Who guesses at an account from elsewhere cannot lock
 * its owner out: addresses that the account has signed in from in the last 30 days do not fall under the limit for all addresses.
 */
export function createSignInThrottle(deps: {
  redis: Redis;
  prefix: string;
  limits: SignInLimits;
  logger: Logger;
}): SignInThrottle {
  const { redis, prefix, limits } = deps;
  const ofAccount = createOutboundBudget({ ...deps, name: 'sign-in-account', limit: atATime.account, leaseMs });
  const ofAddress = createOutboundBudget({ ...deps, name: 'sign-in-address', limit: atATime.address, leaseMs });
  const knownKey = (here: string) => `${prefix}:signed-in-from:${here}`;

  async function inTurn<T>({ here, address }: Keys, work: () => Promise<T>): Promise<T> {
    try {
      return await ofAccount.run({ party: here, waitMs: longestWaitMs }, () =>
        ofAddress.run({ party: address, waitMs: longestWaitMs }, work),
      );
    } catch (error) {
      throw error instanceof BudgetFullError ? busy() : error;
    }
  }

  /** Counts one guess; resolves with what gives it back. */
  async function spend({ account, address, here }: Keys): Promise<() => Promise<unknown>> {
    await Promise.all([limits.signInByAccount.spend(here), limits.signInByAddress.spend(address)]);
    // Asked for only now: what the limits above refuse must not use up this one.
    const isKnown = (await redis.exists(knownKey(here))) === 1;
    if (!isKnown) await limits.signInAnywhere.spend(account);
    return () =>
      Promise.all([
        limits.signInByAccount.refund(here),
        limits.signInByAddress.refund(address),
        ...(isKnown ? [] : [limits.signInAnywhere.refund(account)]),
      ]);
  }

  return {
    guess(who, check) {
      const keys = keysOf(who);
      return inTurn(keys, async () => {
        const refund = await spend(keys);
        const found = await check().catch(async (error: unknown) => {
          // Nobody learnt whether the password was right; an outage must not throttle who tries again.
          await refund();
          throw error;
        });
        if (found === undefined) return undefined;
        await refund();
        await redis.set(knownKey(keys.here), '1', 'EX', knownSeconds);
        return found;
      });
    },
  };
}

interface Keys {
  readonly account: string;
  readonly address: string;
  /** The account at this address. */
  readonly here: string;
}

/** Accounts that do not exist are counted like all others, under a name that does not spell the address out in Redis. */
function keysOf({ address, email }: Guess): Keys {
  const account = createHash('sha256').update(email.toLowerCase()).digest('base64url').slice(0, 22);
  return { account, address, here: `${account}/${address}` };
}

function busy() {
  const detail = 'Too many sign-ins at the same time. Try again in 1 s.';
  return problem(429, 'TOO_MANY_REQUESTS', detail, {}, { 'retry-after': '1' });
}
