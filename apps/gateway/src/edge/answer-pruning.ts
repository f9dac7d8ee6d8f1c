import type { Logger } from '@atlas/platform';
import type { Db } from '../database.ts';
import { pruneAnswers } from './idempotency.ts';

export interface AnswerPruning {
  start(): void;
  /** Stops after the batch that is being deleted. */
  stop(): Promise<void>;
}

const batchSize = 1_000;

/**
 * Deletes stored answers that are past their 24 hours: soon after the start, then every `everyMs`, spread over a tenth of it so
 * that replicas do not all come at once. A failure is logged, and the next turn makes up for it.
 */
export function createAnswerPruning(options: {
  db: Db;
  clock: () => Date;
  everyMs: number;
  logger: Logger;
}): AnswerPruning {
  const { db, clock, everyMs, logger } = options;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();

  async function prune(): Promise<void> {
    try {
      while (!stopped && (await pruneAnswers(db, clock(), batchSize)) === batchSize);
    } catch (error) {
      logger.warn({ err: error }, 'old idempotency keys were not pruned');
    }
    schedule(everyMs);
  }

  function schedule(inMs: number): void {
    if (stopped) return;
    timer = setTimeout(() => void (running = prune()), inMs + Math.random() * (everyMs / 10));
  }

  return {
    start: () => schedule(0),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
