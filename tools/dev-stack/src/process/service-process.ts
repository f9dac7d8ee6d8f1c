import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { StackError } from '../errors.ts';
import type { Guard } from './guard.ts';
import { signalGroup } from './kill.ts';
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
  /** Receives standard output instead of the log file; what it does not keep is lost. */
  onOutput?: (output: Readable) => void;
  /** Resolves true when the process answers; a rejection counts as "not yet". */
  ready: () => Promise<boolean>;
  readyTimeoutMs: number;
  stopSignal: NodeJS.Signals;
  /** After this long the process is killed. */
  stopTimeoutMs: number;
  /** What the guard sends when the supervisor is gone; SIGKILL where a crash is harmless by design. */
  orphanSignal: NodeJS.Signals;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ServiceProcess {
  readonly name: string;
  readonly pid: number | undefined;
  /** Resolves when it answers; rejects with a StackError that carries the end of its log when it does not. */
  start(): Promise<void>;
  /** Resolves when the process has ended; does nothing when it does not run. */
  stop(): Promise<void>;
  /** Sends a signal and returns at once; false when it does not run. */
  kill(signal: NodeJS.Signals): boolean;
  /** Resolves when the current run ends, at once when there is none. */
  ended(): Promise<Exit>;
}

interface Run {
  child: ChildProcess;
  pid: number;
  exit: Promise<Exit>;
}

/** One process of the local system in a group of its own, known to the guard and to the pid files while it runs. */
export function createServiceProcess(spec: ProcessSpec, deps: { guard: Guard; pidFiles: PidFiles }): ServiceProcess {
  let run: Run | undefined;

  const launch = (): Run => {
    const child = spawnProcess(spec);
    const exit = new Promise<Exit>((resolve) => {
      child.once('error', () => resolve({ code: 127, signal: null }));
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    if (child.pid === undefined) throw failure(spec, 'could not be started');
    const pid = child.pid;
    const identity = processIdentity(pid);
    if (identity !== undefined) {
      deps.guard.watch({ pid, identity, signal: spec.orphanSignal });
      deps.pidFiles.write(spec.name, { pid, identity, signal: spec.orphanSignal });
    }
    const current = { child, pid, exit };
    void exit.then(() => {
      deps.guard.forget(pid);
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
    async start() {
      if (run !== undefined) return;
      const current = launch();
      run = current;
      let ended = false;
      void current.exit.then(() => (ended = true));
      await waitFor(async () => ended || (await spec.ready()), {
        timeoutMs: spec.readyTimeoutMs,
        message: 'not ready',
      }).catch((error: unknown) => {
        signalGroup(current.pid, 'SIGKILL');
        throw failure(spec, `did not answer within ${spec.readyTimeoutMs / 1000} s`, error);
      });
      if (ended) throw failure(spec, describeExit(await current.exit));
    },
    async stop() {
      const current = run;
      if (current === undefined) return;
      // The leader decides how its children end: PostgreSQL would treat a signal to every backend as a crash.
      process.kill(current.pid, spec.stopSignal);
      const timer = setTimeout(() => signalGroup(current.pid, 'SIGKILL'), spec.stopTimeoutMs);
      await current.exit;
      clearTimeout(timer);
    },
    kill: (signal) => run !== undefined && signalGroup(run.pid, signal),
    ended: () => run?.exit ?? Promise.resolve({ code: null, signal: null }),
  };
}

function spawnProcess(spec: ProcessSpec): ChildProcess {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a');
  const stdio: StdioOptions = ['ignore', spec.onOutput === undefined ? log : 'pipe', log];
  try {
    const child = spawn(spec.command, spec.args, {
      env: spec.env,
      cwd: spec.cwd,
      stdio,
      // A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops the parts in order.
      detached: true,
      ...spec.account,
    });
    if (child.stdout !== null) spec.onOutput?.(child.stdout);
    return child;
  } finally {
    closeSync(log);
  }
}

function describeExit({ code, signal }: Exit): string {
  return signal === null ? `ended with exit code ${code} before it answered` : `was ended by ${signal}`;
}

function failure(spec: ProcessSpec, what: string, cause?: unknown): StackError {
  const message = `${spec.name} ${what}.\n${logTail(spec.logFile)}Its whole log: ${spec.logFile}`;
  return new StackError('PART_FAILED', message, { cause });
}

/** The last lines of a log, indented for a report; empty when there is none. */
function logTail(file: string, lines = 12): string {
  try {
    const tail = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines);
    return tail.map((line) => `  | ${line}\n`).join('');
  } catch {
    return '';
  }
}
