import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { GuardedProcess, GuardMessage } from './guard.ts';
import { signalGroup } from './kill.ts';
import { isSameProcess } from './process-identity.ts';
import { waitFor } from './wait-for.ts';

/** How long a child may take to end after its own signal before it is killed. */
const graceMs = 4000;

// Ctrl-C in a terminal, or a closing terminal, is for the supervisor; the guard ends when the pipe does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const { watched, remove } = await readUntilEnd();
const running = (): GuardedProcess[] => watched.filter((child) => isSameProcess(child.pid, child.identity));

for (const child of running()) signalGroup(child.pid, child.signal);
await waitFor(() => running().length === 0, { timeoutMs: graceMs, message: 'still running' }).catch(() => {
  for (const child of running()) signalGroup(child.pid, 'SIGKILL');
});
for (const path of remove) rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });

/** Follows what the supervisor says until it has let the guard go, or has gone itself. */
async function readUntilEnd(): Promise<{ watched: GuardedProcess[]; remove: string[] }> {
  const watched = new Map<number, GuardedProcess>();
  const remove: string[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line) as GuardMessage;
    if ('watch' in message) watched.set(message.watch.pid, message.watch);
    if ('forget' in message) watched.delete(message.forget);
    if ('removeAtEnd' in message) remove.push(message.removeAtEnd);
    if ('released' in message) watched.clear();
  }
  return { watched: [...watched.values()], remove };
}
