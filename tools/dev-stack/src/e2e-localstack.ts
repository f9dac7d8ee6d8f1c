import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { openLocalStack } from './localstack/localstack.ts';
import { runCommand } from './run-command.ts';
import { defaultStateDir, workspaceRoot } from './workspace.ts';

/**
 * What SNS and SQS have a part in. Not the specs that take the emulator away or start `npm start` itself: they are about
 * the embedded stack.
 */
const suites = [
  'libs/messaging/src/(topology|consume|publish|outbox|dynamo-outbox|dead-letters|service)/.*\\.int\\.spec',
  'tools/dev-stack/e2e/(checkout|chaos|crash-matrix|rolling-replacement|reporting)\\.e2e\\.spec',
];

// npm run e2e:localstack [pattern...]: the suites in which messages travel, on LocalStack's SNS and SQS.
await runCommand(async ({ terminal, stop }) => {
  const found = await openLocalStack(process.env, { dir: defaultStateDir, say: (line) => terminal.line(line) });
  if ('reasons' in found) {
    terminal.line('Skipped: there is no LocalStack here, and none can be started.');
    for (const reason of found.reasons) terminal.line(`  ${reason}`);
    return 0;
  }
  terminal.line(`LocalStack: ${found.how}`);
  terminal.line(`  at ${found.url}\n`);
  try {
    const asked = process.argv.slice(2);
    const patterns = asked.length > 0 ? asked : suites;
    const args = [join(import.meta.dirname, 'with-stack.ts'), 'jest', '--maxWorkers=2', ...patterns];
    const { AWS_ENDPOINT_URL: _, ...env } = process.env;
    const child = spawn(process.execPath, args, {
      ...{ cwd: workspaceRoot, stdio: 'inherit' as const },
      env: { ...env, ATLAS_SNS_SQS_URL: found.url, ATLAS_STOP_WITH_PARENT: '' },
    });
    stop.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    const code = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 130)));
    terminal.line(`\nRun on LocalStack: ${found.how}`);
    return code;
  } finally {
    await found.stop();
  }
});
