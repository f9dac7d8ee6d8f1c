import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StackError } from './errors.ts';
import { startStack } from './stack/start-stack.ts';

// node tools/dev-stack/src/with-stack.ts <command...>: runs a command beside an infrastructure of its own, which is gone
// afterwards. Inside another such command it only runs the command.
const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('Usage: node tools/dev-stack/src/with-stack.ts <command> [argument...]');
  process.exit(64);
}

process.exitCode =
  process.env['ATLAS_TEST_STACK'] === '1' ? await runCommand(command, args, {}) : await runBesideStack(command, args);

async function runBesideStack(command: string, args: string[]): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'atlas-stack-'));
  try {
    const stack = await startStack({ dir, inMemory: true, mode: 'test', temporary: true });
    try {
      return await runCommand(command, args, { ...stack.env, ATLAS_TEST_STACK: '1' });
    } finally {
      await stack.stop();
    }
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    console.error(error.message);
    return 1;
  }
}

function runCommand(command: string, args: string[], env: Record<string, string>): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  // The terminal sends Ctrl-C to the command as well: wait for it to end, then stop the stack.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 130)));
  });
}
