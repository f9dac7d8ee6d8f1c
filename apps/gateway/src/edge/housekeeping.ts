import type { Logger } from '@atlas/platform';

export interface Housekeeping {
  start(): void;
  /** Stops after the task that is running. */
  stop(): Promise<void>;
}

/** Work that is done now and then by every replica; resolves with how many rows it removed. */
export type HousekeepingTask = (signal: AbortSignal) => Promise<number>;

/**
 * Runs each task soon after the start and then every `everyMs`, spread at random over a tenth of it so that replicas do not
 * all come at once. A task that fails is logged and gets its next turn.
 */
export function createHousekeeping(options: {
  tasks: Readonly<Record<string, HousekeepingTask>>;
  everyMs: number;
  logger: Logger;
}): Housekeeping {
  const { tasks, everyMs, logger } = options;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();

  const round = async () => {
    for (const [task, run] of Object.entries(tasks)) {
      if (stopping.signal.aborted) return;
      try {
        const removed = await run(stopping.signal);
        if (removed > 0) logger.info({ task, removed }, 'housekeeping');
      } catch (error) {
        logger.warn({ err: error, task }, 'housekeeping failed, it will be tried again');
      }
    }
    schedule(everyMs);
  };
  const schedule = (inMs: number) => {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => void (running = round()), inMs + Math.random() * (everyMs / 10));
  };

  return {
    start: () => schedule(0),
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
