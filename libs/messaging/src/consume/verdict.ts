import { PoisonMessageError } from '@atlas/event-contracts';
import { isUnreachable } from '@atlas/platform';
import {
  ConsumerStoppingError,
  DomainRejectionError,
  EffectHeldError,
  LeaseLostError,
  RetryLaterError,
} from '../errors.ts';
import type { InHandMessage } from './in-hand-message.ts';

/** What an error of a handler means for its message. Only `failed` is counted. */
export type Verdict =
  | { readonly kind: 'failed' }
  /** No retry can mend it: dead-letter now, with the refusal itself as the reason. */
  | { readonly kind: 'rejected'; readonly reason: Error }
  /** A dependency is away: give back and pause. */
  | { readonly kind: 'outage' }
  /** Not now: somebody else holds the lease of the message or of an effect, or the handler asks to wait with this one. */
  | { readonly kind: 'held'; readonly leftMs: number }
  /** Our lease is gone: touch nothing. */
  | { readonly kind: 'lost' }
  /** The process has to stop: give back. */
  | { readonly kind: 'stopped' };

/**
 * Judges what a handler threw. An abort that we caused explains whatever the handler threw because of it; then the
 * error and its causes are asked, ours before the outage of a dependency that they may wrap.
 */
export function verdictOf(message: Pick<InHandMessage, 'lost' | 'abortedBy'>, error: unknown): Verdict {
  if (message.lost !== undefined) return { kind: 'lost' };
  if (message.abortedBy instanceof ConsumerStoppingError) return { kind: 'stopped' };
  for (const cause of causesOf(error)) {
    if (cause instanceof LeaseLostError) return { kind: 'lost' };
    if (cause instanceof EffectHeldError) return { kind: 'held', leftMs: cause.leftMs };
    if (cause instanceof RetryLaterError) return { kind: 'held', leftMs: cause.afterMs };
    if (cause instanceof DomainRejectionError || cause instanceof PoisonMessageError)
      return { kind: 'rejected', reason: cause };
  }
  return isUnreachable(error) ? { kind: 'outage' } : { kind: 'failed' };
}

const DEEPEST_CAUSE = 10;

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  let cause = error;
  while (cause instanceof Error && causes.length < DEEPEST_CAUSE) {
    causes.push(cause);
    ({ cause } = cause);
  }
  return causes;
}
