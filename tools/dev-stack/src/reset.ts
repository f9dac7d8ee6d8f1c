import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from './errors.ts';
import { createPidFiles, stopStaleProcesses } from './process/pid-files.ts';
import { ownerOf } from './process/state-lock.ts';
import { runCommand } from './run-command.ts';
import { defaultStateDir } from './workspace.ts';

// npm run reset: forgets everything that the local system knows.
await runCommand(async ({ terminal }) => {
  if (!existsSync(defaultStateDir)) {
    terminal.line('There is no state to delete.');
    return 0;
  }
  const owner = ownerOf(defaultStateDir);
  if (owner !== undefined) {
    const message = `Atlas is running (${owner.command}, process ${owner.pid}). Stop it first (Ctrl-C, or: kill ${owner.pid}).`;
    throw new StackError('ALREADY_RUNNING', message);
  }
  await stopStaleProcesses(createPidFiles(join(defaultStateDir, 'run')));
  rmSync(defaultStateDir, { recursive: true, force: true });
  terminal.line(`Deleted ${defaultStateDir}. The next start begins with nothing.`);
  return 0;
});
