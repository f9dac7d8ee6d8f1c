/** One try to deliver, as the owner sees it in the delivery log. Times are epoch milliseconds. */
export interface Attempt {
  readonly at: number;
  readonly durationMs: number;
  readonly statusCode?: number | undefined;
  /** Why it failed; absent on success. */
  readonly error?: string | undefined;
  /** The beginning of what the receiver answered. */
  readonly response?: string | undefined;
}

/** What came of one try. `retryAfterMs` is what the receiver asked for. */
export interface AttemptResult {
  readonly attempt: Attempt;
  readonly outcome: 'delivered' | 'failed' | 'gone' | 'slow-down';
  readonly retryAfterMs?: number | undefined;
}

/** Why a delivery ended without success. */
export type FailureReason = 'exhausted' | 'gone' | 'endpoint-off';

/** What becomes of a delivery after a try. */
export type NextStep =
  | { readonly status: 'delivered' }
  | { readonly status: 'pending'; readonly dueAt: number }
  | { readonly status: 'failed'; readonly reason: FailureReason };

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * The pauses between the tries, 8 tries in all over ~28 hours. Source: Standard Webhooks, "Deliverability and
 * Reliability".
 */
export const retryDelaysMs: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  10 * hour,
];

/** Rows that failed together must not come back together. */
const jitterShare = 0.2;

/** A receiver that asks for more than a day is asked again after a day. */
export const maxRetryAfterMs = 24 * hour;

/**
 * Decides about a delivery after its try number `attemptsMade` (1 is the first). `random` is in [0, 1). The pause is
 * the one of the schedule, up to 20 % longer, and never shorter than what the receiver asked for by Retry-After.
 */
export function afterAttempt(
  { outcome, retryAfterMs = 0 }: Pick<AttemptResult, 'outcome' | 'retryAfterMs'>,
  attemptsMade: number,
  { now, random }: { now: number; random: number },
): NextStep {
  if (outcome === 'delivered') return { status: 'delivered' };
  if (outcome === 'gone') return { status: 'failed', reason: 'gone' };
  const delayMs = retryDelaysMs[attemptsMade - 1];
  if (delayMs === undefined) return { status: 'failed', reason: 'exhausted' };
  const asked = Math.min(retryAfterMs, maxRetryAfterMs);
  return { status: 'pending', dueAt: now + Math.ceil(Math.max(delayMs * (1 + jitterShare * random), asked)) };
}

/** What an HTTP status means for a delivery: 2xx only is success, a redirect is a failure, 410 means never again. */
export function outcomeOfStatus(statusCode: number): AttemptResult['outcome'] {
  if (statusCode >= 200 && statusCode < 300) return 'delivered';
  if (statusCode === 410) return 'gone';
  return statusCode === 429 || statusCode === 502 || statusCode === 503 || statusCode === 504 ? 'slow-down' : 'failed';
}

/**
 * The pause that a Retry-After header asks for (seconds or an HTTP date, RFC 9110, 10.2.3), or undefined when it has
 * neither form. Never negative, at most a day.
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  // Date.parse alone takes almost anything for a date, "-5" too.
  const dateMs = /^[A-Za-z]{3,}.* GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  const pauseMs = /^\d{1,9}$/.test(text) ? Number(text) * second : dateMs - now;
  if (Number.isNaN(pauseMs)) return undefined;
  return Math.min(Math.max(pauseMs, 0), maxRetryAfterMs);
}
