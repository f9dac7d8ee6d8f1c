import { join } from 'node:path';
import { rotateLog } from '../process/log-file.ts';
import type { ProcessSpec } from '../process/service-process.ts';
import { workspaceRoot } from '../workspace.ts';

/** Where an app writes its JSON log. */
export function appLogFile(dir: string, app: string): string {
  return join(dir, 'logs', `${app}.log`);
}

/** One app as a process of its own, from its TypeScript source. */
export function appProcess(options: { app: string; dir: string; env: Record<string, string> }): ProcessSpec {
  const { app, dir, env } = options;
  const logFile = appLogFile(dir, app);
  rotateLog(logFile);
  return {
    name: app,
    command: process.execPath,
    args: [join(workspaceRoot, 'apps', app, 'src', 'main.ts')],
    cwd: workspaceRoot,
    env: {
      PATH: process.env['PATH'],
      // Compiled code is kept from run to run, which saves about a third of the start.
      NODE_COMPILE_CACHE: join(dir, 'cache'),
      ...env,
    },
    logFile,
    ready: async () => (await fetch(`${env[`${app.toUpperCase()}_URL`]}/health/ready`)).ok,
    readyTimeoutMs: 60_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 15_000,
    // The guarantees hold for a process that is killed at any moment, so there is nothing to wait for.
    orphanSignal: 'SIGKILL',
  };
}
