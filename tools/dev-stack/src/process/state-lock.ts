import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StackError } from '../errors.ts';
import { isSameProcess, processIdentity } from './process-identity.ts';

/** Who runs a system out of a state folder. */
export interface Owner {
  pid: number;
  identity: string;
  /** What a person typed to start it. */
  command: string;
}

/** The process that runs a system out of this folder now; undefined when there is none, also after a crash. */
export function ownerOf(dir: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(lockFile(dir), 'utf8')) as Owner;
    return isSameProcess(owner.pid, owner.identity) ? owner : undefined;
  } catch {
    return undefined;
  }
}

/** Makes this process the owner of the folder; StackError ALREADY_RUNNING when another one is. Returns the release. */
export function claimStateDir(dir: string, command: string): () => void {
  mkdirSync(dirname(lockFile(dir)), { recursive: true });
  const owner = ownerOf(dir);
  if (owner !== undefined) {
    const message = `Atlas runs already: ${owner.command}, process ${owner.pid}. Stop that one first (Ctrl-C, or: kill ${owner.pid}).`;
    throw new StackError('ALREADY_RUNNING', message);
  }
  const self: Owner = { pid: process.pid, identity: processIdentity(process.pid) ?? '', command };
  // What lies there is of a process that has gone; whoever creates the file next is the owner.
  rmSync(lockFile(dir), { force: true });
  try {
    writeFileSync(lockFile(dir), JSON.stringify(self), { flag: 'wx' });
  } catch (error) {
    const message = 'Atlas is being started by another process at this moment.';
    throw new StackError('ALREADY_RUNNING', message, { cause: error });
  }
  return () => {
    if (ownerOf(dir)?.pid === process.pid) rmSync(lockFile(dir), { force: true });
  };
}

function lockFile(dir: string): string {
  return join(dir, 'owner.json');
}
