import type { Logger } from '@atlas/platform';
import { retryDelayMs } from './backoff.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const RECHECK_MS = 500;

/** Who met the outage: the queue itself, or the work on a message (its handler, the inbox, the dead-letter queue). */
export type OutageSource = 'receive' | 'work';

/**
 * Decides whether a consumer may poll. An outage closes it; it opens for one poll at a time when the service says that it
 * is ready, and wholly with the first success, so an outage that readiness does not see costs ten receives, not hundreds.
 */
export interface Gate {
  readonly state: 'open' | 'probing' | 'closed';
  /** Waits for readiness before the first poll. */
  start(): void;
  /** Something that the work depends on does not answer. */
  trip(source: OutageSource, error: unknown): void;
  /** It works: a message was handled, or (`receive`) a poll was answered. */
  healthy(source: OutageSource): void;
  stop(): void;
}

export interface GateOptions {
  readonly isReady: () => Promise<boolean>;
  readonly logger: Logger;
  readonly queue: string;
  readonly random: () => number;
  /** Polls may begin. */
  readonly onOpen: () => void;
}

/** Makes a gate, closed until `start()`. The pause before asking for readiness doubles from 0.2 s to 10 s while outages repeat. */
export function createGate(options: GateOptions): Gate {
  const { isReady, logger, queue, random, onOpen } = options;
  // atlas-local-ok: whether this consumer polls; each replica has its own connections to lose
  let state: Gate['state'] = 'closed';
  let trippedBy: OutageSource = 'receive';
  let trips = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const ask = async () => {
    const ready = await isReady().catch(() => false);
    if (stopped) return;
    if (!ready) {
      // atlas-local-ok: looks whether the connections of this replica are back, until they are
      timer = setTimeout(() => void ask(), RECHECK_MS);
      return;
    }
    state = 'probing';
    onOpen();
  };
  return {
    get state() {
      return state;
    },
    start: () => void ask(),
    trip(source, error) {
      if (stopped || state === 'closed') return;
      state = 'closed';
      trippedBy = source;
      trips += 1;
      const pauseMs = Math.round(retryDelayMs(trips, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, random));
      logger.warn(
        { event: 'consumer_paused', queue, source, pause_ms: pauseMs, err: error },
        'consumer pauses: a dependency does not answer',
      );
      timer = setTimeout(() => void ask(), pauseMs);
    },
    healthy(source) {
      if (state !== 'probing' || (source === 'receive' && trippedBy === 'work')) return;
      state = 'open';
      if (trips > 0) logger.info({ event: 'consumer_resumed', queue }, 'consumer resumes');
      trips = 0;
      onOpen();
    },
    stop() {
      stopped = true;
      state = 'closed';
      clearTimeout(timer);
    },
  };
}
