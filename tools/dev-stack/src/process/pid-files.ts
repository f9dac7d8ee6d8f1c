import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuardedProcess } from './guard.ts';
import { signalGroup } from './kill.ts';
import { isSameProcess } from './process-identity.ts';
import { waitFor } from './wait-for.ts';

export interface PidFiles {
  write(name: string, child: GuardedProcess): void;
  remove(name: string): void;
  /** Every recorded process, alive or not; unreadable files are left out. */
  list(): { name: string; child: GuardedProcess }[];
}

/** Records which processes belong to a state folder, so that the next start finds what a crash left running. */
export function createPidFiles(folder: string): PidFiles {
  mkdirSync(folder, { recursive: true });
  const fileOf = (name: string): string => join(folder, `${name}.json`);
  return {
    // atlas-local-ok: who runs on this machine is known on this machine
    write: (name, child) => writeFileSync(fileOf(name), JSON.stringify(child)),
    remove: (name) => rmSync(fileOf(name), { force: true }),
    list: () =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.json'))
        .flatMap((file) => {
          const child = readPidFile(join(folder, file));
          return child === undefined ? [] : [{ name: file.slice(0, -'.json'.length), child }];
        }),
  };
}

function readPidFile(path: string): GuardedProcess | undefined {
  try {
    const { pid, identity, signal } = JSON.parse(readFileSync(path, 'utf8')) as Partial<GuardedProcess>;
    if (typeof pid !== 'number' || typeof identity !== 'string' || typeof signal !== 'string') return undefined;
    return { pid, identity, signal };
  } catch {
    return undefined;
  }
}

/**
 * Ends the processes that an earlier supervisor left behind and returns their names. A pid that now belongs to another
 * process is left alone.
 */
export async function stopStaleProcesses(pidFiles: PidFiles, graceMs = 5000): Promise<string[]> {
  const stale = pidFiles.list().filter(({ child }) => isSameProcess(child.pid, child.identity));
  const left = (): typeof stale => stale.filter(({ child }) => isSameProcess(child.pid, child.identity));
  for (const { child } of stale) signalGroup(child.pid, child.signal);
  await waitFor(() => left().length === 0, { timeoutMs: graceMs, message: 'still running' }).catch(async () => {
    for (const { child } of left()) signalGroup(child.pid, 'SIGKILL');
    await waitFor(() => left().length === 0, { timeoutMs: graceMs, message: 'a killed process is still there' });
  });
  for (const { name } of pidFiles.list()) pidFiles.remove(name);
  return stale.map(({ name }) => name);
}
