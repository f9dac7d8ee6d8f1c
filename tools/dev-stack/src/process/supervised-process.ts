import type { Exit, RunOptions, ServiceProcess } from './service-process.ts';

/** The first restart follows after this long; each further one waits twice as long, up to the longest. */
const firstDelayMs = 200;
const longestDelayMs = 10_000;
/** A process that answered for this long has recovered: its next crash is a first one again. */
const steadyAfterMs = 3000;

export interface SupervisedProcess {
  readonly name: string;
  readonly pid: number | undefined;
  /**
   * Resolves when it answers; rejects when its first attempt fails. From then on a crash is followed by a restart, which
   * is without `options`.
   */
  start(options?: RunOptions): Promise<void>;
  /** Ends it for good: no restart follows. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): boolean;
}

export interface SupervisionEvents {
  /** It ended without having been asked to, for the `crashes`-th time in a row. */
  onCrash?: (crash: { name: string; exit: Exit | Error; restartInMs: number; crashes: number }) => void;
  onRecovered?: (recovery: { name: string; ms: number }) => void;
}

/** Milliseconds before the restart that follows the n-th crash in a row (n from 1). */
export function restartDelayMs(crashes: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (crashes - 1));
}

/** Starts a process again, with growing pauses, whenever it ends without having been asked to. */
export function superviseProcess(
  process: ServiceProcess,
  events: SupervisionEvents & { now?: () => number } = {},
): SupervisedProcess {
  const now = events.now ?? (() => performance.now());
  let wanted = false;
  // atlas-local-ok: how often the one child of this supervisor died
  let crashes = 0;
  let pending: NodeJS.Timeout | undefined;

  const watch = (): void => {
    const since = now();
    void process.ended().then((exit) => {
      if (!wanted) return;
      if (now() - since >= steadyAfterMs) crashes = 0;
      restartAfter(exit);
    });
  };
  const restartAfter = (exit: Exit | Error): void => {
    crashes += 1;
    const restartInMs = restartDelayMs(crashes);
    const endedAt = now();
    pending = setTimeout(() => void restart(endedAt), restartInMs);
    events.onCrash?.({ name: process.name, exit, restartInMs, crashes });
  };
  const restart = async (endedAt: number): Promise<void> => {
    try {
      await process.start();
      if (!wanted) return await process.stop();
      events.onRecovered?.({ name: process.name, ms: now() - endedAt });
      watch();
    } catch (error) {
      if (wanted) restartAfter(error instanceof Error ? error : new Error(String(error)));
    }
  };
  return {
    name: process.name,
    get pid() {
      return process.pid;
    },
    async start(options) {
      if (wanted) return;
      wanted = true;
      crashes = 0;
      await process.start(options).catch((error: unknown) => {
        wanted = false;
        throw error;
      });
      watch();
    },
    async stop() {
      wanted = false;
      clearTimeout(pending);
      await process.stop();
    },
    kill: (signal) => process.kill(signal),
  };
}
