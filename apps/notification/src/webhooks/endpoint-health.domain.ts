import type { AttemptResult } from './delivery.domain.ts';
import type { Endpoint, EndpointHealth, SwitchOffReason } from './endpoint.domain.ts';

/** What a try says about its endpoint, to be written on the endpoint for all replicas. */
export type HealthDecision =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'recovered' }
  | { readonly kind: 'failing'; readonly health: EndpointHealth }
  | { readonly kind: 'switch-off'; readonly reason: Exclude<SwitchOffReason, 'owner'> };

const minute = 60 * 1000;
const hour = 60 * minute;

/**
 * An endpoint that fails for this long is switched off. Source: Standard Webhooks, "Deliverability and Reliability".
 */
export const switchOffAfterMs = 5 * 24 * hour;

/**
 * Silence proves nothing: failures further apart than this (longer than the longest pause between two tries, 10 h and
 * 20 %) are not one streak. Without it one failure today and one next week would switch a quiet endpoint off.
 */
export const streakGapMs = 24 * hour;

/** What is known already is not written again within this time: a dead endpoint fails many times a second. */
const noteEveryMs = minute;

/** The pause of the whole endpoint when it says 429, 502, 503 or 504 without a Retry-After. */
export const slowDownMs = 5 * 1000;

/** Decides what the try means for the endpoint as it was read before the try. */
export function judgeEndpoint(
  endpoint: Endpoint,
  { outcome, retryAfterMs }: Pick<AttemptResult, 'outcome' | 'retryAfterMs'>,
  now: number,
): HealthDecision {
  if (endpoint.status === 'off') return { kind: 'unchanged' };
  if (outcome === 'gone') return { kind: 'switch-off', reason: 'gone' };
  if (outcome === 'delivered') {
    return endpoint.failingSince === undefined ? { kind: 'unchanged' } : { kind: 'recovered' };
  }
  const failingSince = streakStart(endpoint, now);
  if (now - failingSince >= switchOffAfterMs) return { kind: 'switch-off', reason: 'failing' };
  const notBefore = outcome === 'slow-down' ? now + (retryAfterMs ?? slowDownMs) : endpoint.notBefore;
  if (isKnown(endpoint, failingSince, notBefore, now)) return { kind: 'unchanged' };
  return { kind: 'failing', health: { failingSince, lastFailureAt: now, notBefore } };
}

/** Whether the endpoint asked for a pause that is not over. */
export function isPaused(endpoint: Endpoint, now: number): boolean {
  return endpoint.status === 'active' && endpoint.notBefore !== undefined && endpoint.notBefore > now;
}

function streakStart({ failingSince, lastFailureAt }: EndpointHealth, now: number): number {
  if (failingSince === undefined || lastFailureAt === undefined) return now;
  return now - lastFailureAt > streakGapMs ? now : failingSince;
}

function isKnown(health: EndpointHealth, failingSince: number, notBefore: number | undefined, now: number): boolean {
  if (health.failingSince !== failingSince || now - (health.lastFailureAt ?? 0) > noteEveryMs) return false;
  return (notBefore ?? 0) <= (health.notBefore ?? 0) + 1000;
}
