import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StackError } from '../errors.ts';

export interface Account {
  uid: number;
  gid: number;
}

/** How to start a program: with `spawn`'s own account, or through a wrapper that changes the account itself. */
export interface Launch {
  command: string;
  args: string[];
  account?: Account;
}

/**
 * The account PostgreSQL runs as: undefined (the caller's own) unless the caller is root. As root it is the owner of an
 * existing data folder, else `postgres` where the machine has it, else `nobody`; no account is created.
 */
export function postgresAccount(dataFolder: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = ownerOf(dataFolder);
  if (owner !== undefined && owner.uid !== 0) return owner;
  const account = accountNamed('postgres') ?? accountNamed('nobody');
  if (account === undefined) {
    throw new StackError('PREREQUISITE_MISSING', 'PostgreSQL cannot run as root. Run: useradd --system postgres');
  }
  return account;
}

function ownerOf(folder: string): Account | undefined {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found === undefined ? undefined : { uid: found.uid, gid: found.gid };
}

function accountNamed(name: string): Account | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/**
 * How to run a program as another account. Where that account may not enter one of the folders on the way to `paths` (a
 * checkout under /root, say), the program keeps the one capability that it needs to get there; StackError
 * NOT_REACHABLE_BY_ACCOUNT where `setpriv` cannot give it.
 */
export function asAccount(account: Account | undefined, paths: string[], command: string, args: string[]): Launch {
  if (account === undefined) return { command, args };
  const closed = paths.map((path) => closedFolderAbove(path)).find((folder) => folder !== undefined);
  if (closed === undefined) return { command, args, account };
  const prefix = [
    ...[`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'],
    ...['--inh-caps=+dac_override', '--ambient-caps=+dac_override'],
    // Without this access(2), by which PostgreSQL finds its own programs, would leave the capability out of account.
    '--securebits=+no_setuid_fixup',
  ];
  try {
    execFileSync('setpriv', [...prefix, 'true'], { stdio: 'ignore' });
  } catch (error) {
    const message = `PostgreSQL cannot run as root, and other accounts may not enter ${closed}. Run: chmod o+x ${closed}`;
    throw new StackError('NOT_REACHABLE_BY_ACCOUNT', message, { cause: error });
  }
  return { command: 'setpriv', args: [...prefix, command, ...args] };
}

/** The first folder above `path` that other accounts may not enter. */
function closedFolderAbove(path: string): string | undefined {
  const folder = dirname(path);
  if ((statSync(folder).mode & 0o001) === 0) return folder;
  return folder === '/' ? undefined : closedFolderAbove(folder);
}
