import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { StackError } from '../errors.ts';
import type { Guard } from './guard.ts';
import { signalGroup } from './kill.ts';
import { lastLines, logSize } from './log-file.ts';
import type { PidFiles } from './pid-files.ts';
import { processIdentity } from './process-identity.ts';
import { waitFor } from './wait-for.ts';

/** How to run one process of the local system, to know that it answers, and to end it without harm to its data. */
export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** The account to run as, when it is not the caller's. */
  account?: { uid: number; gid: number };
  /** Everything the process prints is appended here. */
  logFile: string;
  beforeStart?: () => void;
  /** Resolves true when the process answers; a rejection counts as "not yet". */
  ready: () => Promise<boolean>;
  readyTimeoutMs: number;
  /** When it ends before it answers and its log says this, it is started again until `readyTimeoutMs` have passed. */
  startAgainAfter?: RegExp;
  stopSignal: NodeJS.Signals;
  /** After this long the process is killed. */
  stopTimeoutMs: number;
  /** What ends it when the supervisor is gone: SIGKILL where a crash is harmless by design. */
  orphanSignal: NodeJS.Signals;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunOptions {
  /** Added to the environment of one run alone. */
  env?: Record<string, string> | undefined;
}

export interface ServiceProcess {
  readonly name: string;
  readonly pid: number | undefined;
  /** Resolves when it answers; rejects with a StackError that carries the end of its log when it does not. */
  start(options?: RunOptions): Promise<void>;
  /** Resolves when the process has ended; does nothing when it does not run. */
  stop(): Promise<void>;
  /** Sends a signal and returns at once; false when it does not run. */
  kill(signal: NodeJS.Signals): boolean;
  /** Resolves when the current run ends, at once when there is none. */
  ended(): Promise<Exit>;
}

interface Run {
  pid: number;
  exit: Promise<Exit>;
  hasEnded: boolean;
}

/** One process of the local system in a group of its own, known to the guard and to the pid files while it runs. */
export function createServiceProcess(spec: ProcessSpec, deps: { guard: Guard; pidFiles: PidFiles }): ServiceProcess {
  // atlas-local-ok: the one child process that this object watches over
  let run: Run | undefined;

  const launch = (env: Record<string, string>): Run => {
    spec.beforeStart?.();
    const current = startRun({ ...spec, env: { ...spec.env, ...env } });
    run = current;
    const identity = processIdentity(current.pid);
    if (identity !== undefined) {
      const child = { pid: current.pid, identity, signal: spec.orphanSignal };
      deps.guard.watch(child);
      deps.pidFiles.write(spec.name, child);
    }
    void current.exit.then(() => {
      deps.guard.forget(current.pid);
      if (run !== current) return;
      run = undefined;
      deps.pidFiles.remove(spec.name);
    });
    return current;
  };

  return {
    name: spec.name,
    get pid() {
      return run?.pid;
    },
    async start({ env = {} } = {}) {
      const deadline = performance.now() + spec.readyTimeoutMs;
      while (run === undefined) {
        const printed = logSize(spec.logFile);
        const current = launch(env);
        await untilAnswersOrEnds(spec, current, deadline);
        if (!current.hasEnded) return;
        const mayStartAgain = spec.startAgainAfter?.test(lastLines(spec.logFile, { from: printed })) ?? false;
        if (!mayStartAgain || performance.now() > deadline) throw failure(spec, describeExit(await current.exit));
      }
    },
    async stop() {
      const current = run;
      if (current === undefined) return;
      // To the leader alone, which decides how its children end.
      process.kill(current.pid, spec.stopSignal);
      const timer = setTimeout(() => signalGroup(current.pid, 'SIGKILL'), spec.stopTimeoutMs);
      await current.exit;
      clearTimeout(timer);
    },
    kill: (signal) => run !== undefined && signalGroup(run.pid, signal),
    ended: () => run?.exit ?? Promise.resolve({ code: null, signal: null }),
  };
}

async function untilAnswersOrEnds(spec: ProcessSpec, run: Run, deadline: number): Promise<void> {
  const timeoutMs = deadline - performance.now();
  try {
    await waitFor(async () => run.hasEnded || (await spec.ready()), { timeoutMs, message: 'no answer' });
  } catch (error) {
    signalGroup(run.pid, 'SIGKILL');
    throw failure(spec, `did not answer within ${spec.readyTimeoutMs / 1000} s`, error);
  }
}

function startRun(spec: ProcessSpec): Run {
  const child = spawnProcess(spec);
  const exit = new Promise<Exit>((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  if (child.pid === undefined) throw failure(spec, `could not be started: there is no program ${spec.command}`);
  const run: Run = { pid: child.pid, exit, hasEnded: false };
  void exit.then(() => (run.hasEnded = true));
  return run;
}

function spawnProcess(spec: ProcessSpec): ChildProcess {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a');
  try {
    return spawn(spec.command, spec.args, {
      env: spec.env,
      cwd: spec.cwd,
      // Straight to the file: a log line reaches it also while the supervisor is busy, or gone.
      stdio: ['ignore', log, log],
      // A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops the parts in order.
      detached: true,
      ...(spec.account === undefined ? {} : { uid: spec.account.uid, gid: spec.account.gid }),
    });
  } finally {
    closeSync(log);
  }
}

/** How a process ended, in words: "ended with exit code 1", "was ended by SIGKILL". */
export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

function failure(spec: ProcessSpec, what: string, cause?: unknown): StackError {
  const tail = lastLines(spec.logFile, { lines: 15 })
    .split('\n')
    .map((line) => `  | ${line}\n`)
    .join('');
  return new StackError('PART_FAILED', `${spec.name} ${what}.\n${tail}The whole log: ${spec.logFile}`, { cause });
}
