import { isUnreachable, type Logger } from '@atlas/platform';
import { backoffMs } from '../publish/backoff.ts';

export interface Outage {
  /** It did not work. Many failures of one moment count as one. */
  report(error: unknown): void;
  /** It works. */
  over(): void;
  readonly active: boolean;
  /** Milliseconds until the next try is due, 0 when it is due now. */
  waitMs(): number;
}

/** A recovery is noticed within this time, at the price of one small call. */
const retryLimits = { baseMs: 100, capMs: 2_000 };

/** Follows the outages of one dependency: logs the beginning and the end of each once, and says when to try again. */
export function createOutage(options: {
  dependency: string;
  clock: () => Date;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}): Outage {
  const { dependency, clock, logger } = options;
  // atlas-local-ok: how long this process has missed a dependency; each replica has its own connections to lose
  let began: number | undefined;
  let nextTry = 0;
  let tries = 0;

  function begin(now: number, error: unknown): void {
    began = now;
    // Something that answers, but with a refusal, is for a person to mend.
    const level = isUnreachable(error) ? 'warn' : 'error';
    logger[level]({ err: error, dependency }, `${dependency} does not work; the outbox relay waits and keeps its rows`);
  }

  return {
    report(error) {
      const now = clock().getTime();
      if (began === undefined) begin(now, error);
      if (now < nextTry) return;
      tries += 1;
      nextTry = now + backoffMs(tries, retryLimits);
    },
    over() {
      if (began === undefined) return;
      logger.info({ dependency, outage_ms: clock().getTime() - began }, `${dependency} works again`);
      began = undefined;
      nextTry = 0;
      tries = 0;
    },
    get active() {
      return began !== undefined;
    },
    waitMs: () => Math.max(0, nextTry - clock().getTime()),
  };
}
