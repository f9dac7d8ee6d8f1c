import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { LaneOrder, LaneReport, LaneResult } from './measurement.ts';

export interface LaneProcess {
  /** Resolves when the lane is about to work; rejects when it failed before that. */
  readonly ready: Promise<void>;
  /** What it measured; rejects when the lane failed, or took longer than `timeoutMs`. */
  readonly result: Promise<LaneResult>;
}

export interface LaneOptions {
  /** Where the process leaves a CPU profile (open it in Chrome's developer tools). */
  readonly profileDir?: string | undefined;
  readonly v8Flags?: readonly string[] | undefined;
  readonly timeoutMs?: number;
}

/** Starts a lane in a process of its own. */
export function startLane(order: LaneOrder, options: LaneOptions = {}): LaneProcess {
  const { profileDir, v8Flags = [], timeoutMs = 120_000 } = options;
  const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const child = fork(join(import.meta.dirname, 'lane-main.ts'), [JSON.stringify(order)], {
    execArgv: [...profile, ...v8Flags],
  });
  const ready = Promise.withResolvers<void>();
  const result = Promise.withResolvers<LaneResult>();
  // Who waits for the result hears of a failure too; nobody may be waiting for readiness.
  ready.promise.catch(() => {});

  const fail = (reason: string): void => {
    const error = new Error(`${order.lane} (${order.workload}): ${reason}`);
    ready.reject(error);
    result.reject(error);
  };
  const timer = setTimeout(() => {
    fail(`no result after ${timeoutMs / 1000} s`);
    child.kill('SIGKILL');
  }, timeoutMs);
  let reported: LaneResult | undefined;
  child.on('message', (report: LaneReport) => {
    if (report.kind === 'ready') ready.resolve();
    else if (report.kind === 'failed') fail(report.error);
    else reported = report.result;
  });
  // The next lane has the machine to itself: a result counts when its process is gone.
  child.once('exit', (code, signal) => {
    clearTimeout(timer);
    if (reported !== undefined) result.resolve(reported);
    else fail(`its process ended with ${signal ?? `exit code ${code}`}`);
  });
  return { ready: ready.promise, result: result.promise };
}
