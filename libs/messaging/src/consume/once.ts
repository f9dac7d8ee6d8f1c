import { setTimeout as delay } from 'node:timers/promises';
import { isUnreachable } from '@atlas/platform';
import { EffectHeldError, LeaseLostError } from '../errors.ts';
import type { Lease } from '../inbox/inbox.ts';
import { retryDelayMs } from './backoff.ts';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import { idOf, type InHandMessage, signalOf } from './in-hand-message.ts';

type Effect = (lease: { readonly signal: AbortSignal; readonly fence: number }) => Promise<void>;

/**
 * Runs an external effect of a message under a lease of its own and marks it done for 16 days (16 more whenever it is
 * asked for again). `run` must reject when it gave up: resolving means that the effect has happened.
 *
 * Throws EffectHeldError while another process runs it, LeaseLostError when it may have been taken over, what `run`
 * throws (the lease is then free at once), and DependencyUnavailableError when Redis does not answer.
 */
export async function runOnce(
  env: ConsumerEnvironment,
  message: InHandMessage,
  effect: string,
  run: Effect,
): Promise<'done' | 'already-done'> {
  const lease = await claim(env, message, env.inbox.effectKey(effect, idOf(message)));
  if (lease === undefined) return 'already-done';
  const effects = (message.effects ??= new Set());
  effects.add(lease);
  let listened = false;
  const granted = {
    fence: lease.fence,
    get signal() {
      listened = true;
      return signalOf(message);
    },
  };
  try {
    await env.probe('effect.leased');
    await run(granted);
  } catch (error) {
    effects.delete(lease);
    await env.inbox.release([lease]).catch(() => {});
    throw error;
  }
  effects.delete(lease);
  await env.probe('effect.ran');
  // Whoever saw the abort may have returned early in spite of the contract: coming again is better than not at all.
  if (listened && message.lost !== undefined) throw new LeaseLostError(lease.key);
  await mark(env, message, lease);
  await env.probe('effect.marked');
  if (message.lost !== undefined) throw new LeaseLostError(lease.key);
  return 'done';
}

/** Takes the effect's lease for as long as the message's own lasts; undefined when the effect is done. */
async function claim(env: ConsumerEnvironment, message: InHandMessage, key: string): Promise<Lease | undefined> {
  const { inbox, now } = env;
  if (message.abortedBy !== undefined) throw message.abortedBy;
  const until = message.leaseUntil;
  const leaseMs = until - now();
  if (message.lost !== undefined || leaseMs <= 0) throw new LeaseLostError(key);
  const [claimed] = await inbox.claim([key], leaseMs);
  if (claimed?.state === 'done') return undefined;
  if (claimed?.state !== 'claimed') throw new EffectHeldError(key, claimed?.leftMs ?? leaseMs);
  const lease = { key, fence: claimed.fence };
  // A heartbeat that came in between did not know this lease yet.
  if (message.leaseUntil > until) await inbox.renew([lease], message.leaseUntil - now());
  return lease;
}

/**
 * The effect has happened, so its mark is tried for as long as the message stays hidden, even after its lease has ended:
 * the fence tells whether anybody came in between.
 */
async function mark(env: ConsumerEnvironment, message: InHandMessage, lease: Lease): Promise<void> {
  const { inbox, now, random, isOverdue, logger } = env;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [done] = await inbox.markDone([lease]);
      if (!done) throw new LeaseLostError(lease.key);
      return;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      if (isOverdue() || now() >= message.visibleUntil) {
        logger.error(
          { event: 'effect_unmarked', id: idOf(message), key: lease.key, err: error },
          'an effect has happened and could not be marked: it will be repeated',
        );
        throw error;
      }
      await delay(retryDelayMs(attempt, 50, 1000, random));
    }
  }
}
