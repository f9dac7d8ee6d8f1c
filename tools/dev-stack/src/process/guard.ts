import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** What the guard process needs to know to end a child when its supervisor is gone. */
export interface GuardedProcess {
  pid: number;
  identity: string;
  /** The signal that ends it without harm to its data; SIGKILL follows when it takes too long. */
  signal: NodeJS.Signals;
}

export type GuardMessage =
  { watch: GuardedProcess } | { forget: number } | { removeAtEnd: string } | { released: true };

/** Ends what it watches when this process dies, however it dies. */
export interface Guard {
  watch(child: GuardedProcess): void;
  forget(pid: number): void;
  /** Deletes this folder or file once everything has ended. */
  removeAtEnd(path: string): void;
  /** Lets the guard go: nothing that it watched is ended any more. */
  release(): Promise<void>;
}

/**
 * Starts the guard: a process of its own session that reads a pipe held open by this one. When this process dies, even by
 * SIGKILL, the kernel closes the pipe, and the guard ends every child that was still watched.
 */
export function startGuard(): Guard {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'guard-main.ts')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.unref();
  // A guard that was killed must not take the supervisor with it through EPIPE.
  child.stdin.on('error', () => {});
  const send = (message: GuardMessage): void => {
    if (child.stdin.writable) child.stdin.write(`${JSON.stringify(message)}\n`);
  };
  return {
    watch: (process) => send({ watch: process }),
    forget: (pid) => send({ forget: pid }),
    removeAtEnd: (path) => send({ removeAtEnd: path }),
    release() {
      send({ released: true });
      child.stdin.end();
      // Until now the guard was no reason for this process to stay; waiting for it is one.
      child.ref();
      return ended;
    },
  };
}
