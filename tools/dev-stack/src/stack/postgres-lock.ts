import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes a postmaster.pid whose pid now belongs to a program that is not PostgreSQL: a server that was killed left the
 * file, the number was given away since, and PostgreSQL would not start beside it. Any other postmaster.pid stays: it is
 * what keeps two servers from writing to one folder.
 */
export function clearForeignLock(folder: string): void {
  const file = join(folder, 'postmaster.pid');
  const pid = firstLine(file);
  if (pid === undefined) return;
  const command = commandOf(Number(pid));
  if (command !== undefined && !command.includes('postgres')) rmSync(file, { force: true });
}

function firstLine(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n')[0];
  } catch {
    return undefined;
  }
}

/** The command line of a running process; undefined when there is none. */
function commandOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}
