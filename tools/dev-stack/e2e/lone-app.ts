import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { programOf } from '../src/system/app-process.ts';

/** One app as a process of its own that nobody starts again. */
export interface LoneApp {
  readonly url: string;
  /** What it has printed so far, and how it ended. */
  readonly output: { stdout: string; stderr: string };
  /** Resolves with its exit code and how long it ran, in milliseconds; `queuedMs` of them it stood in the queue for a core. */
  readonly ended: Promise<{ code: number | null; ms: number; queuedMs: number }>;
  kill(signal: NodeJS.Signals): void;
}

/** Runs the app with the environment of the stack and these differences; an empty text takes a variable away. */
export async function runAlone(app: string, differences: Readonly<Record<string, string>>): Promise<LoneApp> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, [programOf(app)], {
    env: { ...process.env, [`${app.toUpperCase()}_PORT`]: String(port), ...differences },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
  let queuedMs = 0;
  const sampling = setInterval(() => (queuedMs = queuedMsOf(child.pid) ?? queuedMs), 50);
  return {
    ...{ url: `http://127.0.0.1:${port}`, output },
    ended: once(child, 'close').then(([code]) => {
      clearInterval(sampling);
      return { code: code as number | null, ms: performance.now() - startedAt, queuedMs };
    }),
    kill: (signal) => void child.kill(signal),
  };
}

/** What the scheduler of Linux made the process's main thread wait while it could have run (schedstat); undefined elsewhere. */
function queuedMsOf(pid: number | undefined): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return undefined;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
