import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface DeadLetterDepth {
  queue: string;
  /** Messages that wait in the dead-letter queue now. */
  depth: number;
  /** The same, one look earlier; undefined at the first look. */
  before: number | undefined;
}

export interface DeadLetterWatch {
  stop(): Promise<void>;
}

/**
 * Looks at the depth of every dead-letter queue of these services each 2 s and reports each change, and at the first look
 * those that are not empty. Sees also what the queue itself moved there (maxReceiveCount), which no consumer can log.
 */
export function watchDeadLetters(options: {
  env: Record<string, string>;
  services: string[];
  onDepth: (depth: DeadLetterDepth) => void;
}): DeadLetterWatch {
  const worker = new Worker(join(import.meta.dirname, 'dead-letter-watch.worker.ts'), {
    env: options.env,
    workerData: options.services,
  });
  worker.on('message', options.onDepth);
  // Watching is a convenience: without it the system still works, and /metrics has the depths as well.
  worker.on('error', () => {});
  return {
    async stop() {
      await worker.terminate();
    },
  };
}
