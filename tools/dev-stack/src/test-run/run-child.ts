import { spawn } from 'node:child_process';
import { signalGroup } from '../process/kill.ts';
import { processIdentity } from '../process/process-identity.ts';
import type { Stack } from '../stack/start-stack.ts';
import { workspaceRoot } from '../workspace.ts';

export interface ChildContext {
  stack: Stack;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/**
 * Runs a program of the workspace; resolves true when it ends with exit code 0. Its output goes to the terminal, or to
 * `onOutput`, which has had all of it by then.
 */
export async function runChild(
  command: string,
  args: string[],
  context: ChildContext,
  onOutput?: (text: string) => void,
): Promise<boolean> {
  if (context.signal.aborted) return false;
  // A group of its own, so that its workers end with it; the guard sees to that when this process is killed.
  const stdio = onOutput === undefined ? 'inherit' : 'pipe';
  const child = spawn(command, args, { cwd: workspaceRoot, env: context.env, stdio, detached: true });
  child.stdin?.end();
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', onOutput!);
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  const { pid } = child;
  if (pid === undefined) return ended;
  const identity = processIdentity(pid);
  const { guard } = context.stack.deps;
  if (identity !== undefined) guard.watch({ pid, identity, signal: 'SIGTERM' });
  const abort = (): void => void signalGroup(pid, 'SIGTERM');
  context.signal.addEventListener('abort', abort, { once: true });
  const ok = await ended;
  context.signal.removeEventListener('abort', abort);
  guard.forget(pid);
  return ok;
}
