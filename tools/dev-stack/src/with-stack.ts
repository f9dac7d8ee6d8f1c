import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StopRequest } from './process/stop-request.ts';
import { runCommand } from './run-command.ts';
import { findChromium } from './stack/chromium.ts';
import { startStack } from './stack/start-stack.ts';

// node tools/dev-stack/src/with-stack.ts <command...>: runs a command beside an infrastructure of its own, which is gone
// afterwards. Inside another such command it only runs the command.
await runCommand(async ({ terminal, stop }) => {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) {
    terminal.line('Usage: node tools/dev-stack/src/with-stack.ts <command> [argument...]');
    return 64;
  }
  if (process.env['ATLAS_TEST_STACK'] === '1') return run(command, args, {}, stop);
  const dir = await mkdtemp(join(tmpdir(), 'atlas-stack-'));
  const stack = await startStack({ dir, inMemory: true, mode: 'test', temporary: true, signal: stop.signal });
  try {
    // Only found, not installed: few commands look at pages.
    const browser = await findChromium();
    const env = { ...stack.env, ...(browser && { ATLAS_CHROMIUM: browser }), ATLAS_TEST_STACK: '1' };
    return await run(command, args, env, stop);
  } finally {
    await stack.stop();
  }
});

function run(command: string, args: string[], env: Record<string, string>, stop: StopRequest): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  // The terminal sends Ctrl-C to the command as well: wait for it to end, then stop the stack.
  stop.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code) => resolve(code ?? 130));
  });
}
