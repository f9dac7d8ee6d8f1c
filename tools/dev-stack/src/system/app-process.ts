import { join } from 'node:path';
import { compileCacheOf } from '../process/compile-cache.ts';
import { rotateLog } from '../process/log-file.ts';
import type { ProcessSpec } from '../process/service-process.ts';
import { workspaceRoot } from '../workspace.ts';

/** Where an app writes its JSON log. */
export function appLogFile(dir: string, name: string): string {
  return join(dir, 'logs', `${name}.log`);
}

/**
 * How V8 collects garbage in every app (docs/architecture.md, "What a request costs"), in MiB. Young objects are collected when there are 16:
 * seldom, and what a request made is garbage by then. Old ones not before there are 128, where V8 would begin at some 20. And V8 does
 * not collect once more when a process seems to be idle, which would give memory back and forget compiled code.
 */
export const nodeFlags: readonly string[] = [
  '--min-semi-space-size=16',
  '--initial-old-space-size=128',
  '--no-memory-reducer',
];

/** What is run of an app: its TypeScript source, or its bundle where ATLAS_BUNDLES names a folder of them (`npm test` does). */
export function programOf(app: string): string {
  const bundles = process.env['ATLAS_BUNDLES'];
  return bundles ? join(bundles, app, 'main.mjs') : join(workspaceRoot, 'apps', app, 'src', 'main.ts');
}

/** One app as a process of its own. `name` tells replicas of it apart. */
export function appProcess(options: {
  app: string;
  name?: string;
  dir: string;
  env: Record<string, string>;
  program?: string;
}): ProcessSpec {
  const { app, name = app, dir, env, program = programOf(app) } = options;
  const logFile = appLogFile(dir, name);
  rotateLog(logFile);
  return {
    name,
    command: process.execPath,
    args: [...nodeFlags, program],
    cwd: workspaceRoot,
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: compileCacheOf(dir),
      ...env,
    },
    logFile,
    ready: async () => (await fetch(`http://127.0.0.1:${env[`${app.toUpperCase()}_PORT`]}/health/ready`)).ok,
    readyTimeoutMs: 60_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 15_000,
    // The guarantees hold for a process that is killed at any moment, so there is nothing to wait for.
    orphanSignal: 'SIGKILL',
  };
}
