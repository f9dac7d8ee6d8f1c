import { ConfigError, SetupError } from '../errors.ts';
import { describeError, isErrorLike } from '../observability/describe-error.ts';

/** EX_CONFIG of sysexits.h: a supervisor can tell "correct the configuration" from "crashed, start me again". */
const EXIT_CONFIG = 78;
/** Shorter than the 30 s that Kubernetes and ECS wait between SIGTERM and SIGKILL. */
const STOP_DEADLINE_MS = 25_000;

export interface RunningService {
  stop(): Promise<void>;
}

/**
 * Runs one service as this process. SIGTERM or SIGINT stops it once (exit 0); a second signal, or a stop that takes longer than
 * `stopDeadlineMs` (25 s), exits 1. A ConfigError or SetupError is printed as a readable report (exit 78). Anything
 * unhandled is logged as fatal with exit 1: a process in an unknown state is replaced, and nothing is lost by that. `start`
 * gets a signal that is aborted when the process is asked to stop before the start has finished.
 */
export async function runMain(options: {
  service: string;
  start: (signal: AbortSignal) => Promise<RunningService>;
  stopDeadlineMs?: number;
}): Promise<void> {
  const { service, start, stopDeadlineMs = STOP_DEADLINE_MS } = options;
  const stopRequest = new AbortController();
  const asked = Promise.withResolvers<void>();
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopRequest.signal.aborted) return exitWith(service, 1, `${signal} again: leaving at once`);
    setTimeout(() => exitWith(service, 1, `not stopped within ${stopDeadlineMs} ms`), stopDeadlineMs).unref();
    stopRequest.abort(new Error(`asked to stop by ${signal}`));
    asked.resolve();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('unhandledRejection', (error) => fail(service, error));
  process.on('uncaughtException', (error) => fail(service, error));
  try {
    const running = await start(stopRequest.signal);
    await asked.promise;
    await running.stop();
    process.exit(0);
  } catch (error) {
    // A start that was interrupted by the stop has done what was asked of it.
    if (isInterruption(error, stopRequest.signal)) process.exit(0);
    fail(service, error);
  }
}

// Timers of Node wrap the reason of the signal in an AbortError.
function isInterruption(error: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && (error === reason || (isErrorLike(error) && error.cause === reason));
}

function fail(service: string, error: unknown): never {
  if (error instanceof ConfigError || error instanceof SetupError) {
    process.stderr.write(`\n${service} cannot start.\n\n${error.message}\n\n`);
    process.exit(EXIT_CONFIG);
  }
  exitWith(service, 1, 'the process failed', error);
}

// Not through the service's logger: it may be what failed, and it may not exist yet. One line in the same format.
function exitWith(service: string, code: number, message: string, error?: unknown): never {
  const entry = { level: 'fatal', time: new Date().toISOString(), service, pid: process.pid, msg: message };
  const line = JSON.stringify(error === undefined ? entry : { ...entry, err: describeError(error) });
  process.stdout.write(`${line}\n`);
  process.exit(code);
}
