import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from './errors.ts';
import { runCommand } from './run-command.ts';
import { workspaceRoot } from './workspace.ts';

// npm run bench:<name>: runs benchmarks/<name>/main.ts, which starts what it measures.
await runCommand(async ({ stop }) => {
  const folder = join(workspaceRoot, 'benchmarks');
  const [name = '', ...args] = process.argv.slice(2);
  const entry = join(folder, name, 'main.ts');
  if (name === '' || !existsSync(entry)) {
    const known = existsSync(folder)
      ? readdirSync(folder).filter((each) => existsSync(join(folder, each, 'main.ts')))
      : [];
    throw new StackError('UNKNOWN_PART', `There is no benchmark "${name}". Known: ${known.join(', ') || 'none'}.`);
  }
  const child = spawn(process.execPath, [entry, ...args], { cwd: folder, stdio: 'inherit' });
  stop.signal.addEventListener('abort', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
});
