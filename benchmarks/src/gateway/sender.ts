import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Load, LoadResult, Target } from './open-loop.ts';

export interface Sender {
  /** `openLoop` in the sender's process; rejects also with the reason of the signal that it was made with. */
  send(targets: readonly Target[], load: Load): Promise<LoadResult>;
  /** Resolves when its process is gone. */
  stop(): Promise<void>;
}

/** What the process is told, and what it answers. */
export type Order = [targets: readonly Target[], load: Load];
export type Answer = { readonly result: LoadResult } | { readonly failed: string };

/**
 * Starts a process that only sends. The one that has the whole stack in its hands keeps so much in memory that V8, when it
 * tidies up there, takes both processors from what is measured for ten milliseconds and more.
 */
export function startSender(signal: AbortSignal): Sender {
  const child = fork(join(import.meta.dirname, 'sender-main.ts'), { execArgv: [] });
  const exited = once(child, 'exit');
  return {
    async send(...order) {
      const over = new AbortController();
      const ended = exited.then(() => Promise.reject(new Error('The process that sends has ended.')));
      child.send(order satisfies Order);
      try {
        const told = once(child, 'message', { signal: AbortSignal.any([signal, over.signal]) });
        const [answer] = (await Promise.race([told, ended])) as [Answer];
        if ('failed' in answer) throw new Error(answer.failed);
        return answer.result;
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      } finally {
        over.abort();
      }
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
