import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from './errors.ts';
import { createPidFiles, stopStaleProcesses } from './process/pid-files.ts';
import { ownerOf } from './process/state-lock.ts';
import { runCommand } from './run-command.ts';
import { stateDir } from './workspace.ts';

// npm run reset: forgets everything that the local system knows.
await runCommand(async ({ terminal }) => {
  const dir = stateDir(process.env);
  if (!existsSync(dir)) {
    terminal.line('There is no state to delete.');
    return 0;
  }
  const owner = ownerOf(dir);
  if (owner !== undefined) {
    const message = `Atlas is running (${owner.command}, process ${owner.pid}). Stop it first (Ctrl-C, or: kill ${owner.pid}).`;
    throw new StackError('ALREADY_RUNNING', message);
  }
  await stopStaleProcesses(createPidFiles(join(dir, 'run')));
  rmSync(dir, { recursive: true, force: true });
  terminal.line(`Deleted ${dir}. The next start begins with nothing.`);
  return 0;
});
