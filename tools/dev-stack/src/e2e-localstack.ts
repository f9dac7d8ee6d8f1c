import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { openLocalStack } from './localstack/localstack.ts';
import { runCommand } from './run-command.ts';
import { findChromium } from './stack/chromium.ts';
import { stateDir, workspaceRoot } from './workspace.ts';

/** The suites in which messages travel. */
const suites = [
  'libs/messaging/src/.*\\.int\\.spec',
  'libs/testing/src/aws-.*\\.int\\.spec',
  'tools/atlas/src/(cli|history|outboxes|projections)\\..*int\\.spec',
  'tools/delivery/src/provision/.*\\.int\\.spec',
  'tools/dev-stack/e2e/.*\\.e2e\\.spec',
];

// npm run e2e:localstack [pattern...]: these suites, or those that are asked for, on LocalStack's SNS and SQS.
await runCommand(async ({ terminal, stop }) => {
  const say = (line: string) => terminal.line(line);
  const found = await openLocalStack(process.env, { dir: stateDir(process.env), say, signal: stop.signal });
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
    const hasBrowser = (await findChromium()) !== undefined;
    if (!hasBrowser) terminal.line('Left out: tools/dev-stack/e2e/reports-page.e2e.spec.ts, for want of a Chromium.\n');
    const without = hasBrowser ? [] : ['--testPathIgnorePatterns', '/node_modules/', '/reports-page\\.'];
    const args = [join(import.meta.dirname, 'with-stack.ts'), 'jest', ...patterns, '--maxWorkers=2', ...without];
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
