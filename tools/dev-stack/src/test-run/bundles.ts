import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Terminal } from '../console/terminal.ts';
import { seconds } from '../console/terminal.ts';
import { createServiceProcess } from '../process/service-process.ts';
import type { Stack } from '../stack/start-stack.ts';
import { appProcess } from '../system/app-process.ts';
import { startProvisioning } from '../system/provisioning.ts';
import { findApps, workspaceRoot } from '../workspace.ts';

/** Where the bundles of a test run are: away from the workspace, so that nothing can be borrowed from its node_modules. */
export const bundlesOf = ({ dir }: Stack): string => join(dir, 'bundles');

/**
 * Starts the bundle of every app where `bundlesOf` says, waits until it says that it is ready, and stops it. Resolves true
 * when all did, and ended with exit code 0.
 */
export async function bundlesStart(stack: Stack, terminal: Terminal): Promise<boolean> {
  const apps = findApps();
  // Names of its own: the tests have used the others.
  const env = { ...stack.env, ATLAS_PREFIX: 'bundles' };
  const provisioning = startProvisioning(env, { apps, visibilityTimeoutSeconds: undefined });
  try {
    for (const part of ['sqs', 'dynamodb', 'postgres'] as const) await provisioning.provision(part);
  } finally {
    await provisioning.close();
  }
  const outcomes: boolean[] = [];
  for (const app of apps) outcomes.push(await bundleStarts(app, stack, env, terminal));
  return outcomes.every(Boolean);
}

async function bundleStarts(
  app: string,
  stack: Stack,
  env: Record<string, string>,
  terminal: Terminal,
): Promise<boolean> {
  const { line, style } = terminal;
  const built = join(workspaceRoot, 'apps', app, 'dist');
  if (!existsSync(join(built, 'main.mjs'))) {
    line(style.red(`  ${app}: there is no apps/${app}/dist/main.mjs`));
    return false;
  }
  const folder = join(bundlesOf(stack), app);
  cpSync(built, folder, { recursive: true });
  const spec = appProcess({ app, dir: stack.dir, env, program: join(folder, 'main.mjs') });
  const bundle = createServiceProcess({ ...spec, cwd: folder }, stack.deps);
  const startedAt = performance.now();
  try {
    await bundle.start();
    line(`  ${style.green('✓')} ${app} answers after ${seconds(performance.now() - startedAt)}`);
  } catch (error) {
    line(style.red(`  ${error instanceof Error ? error.message : String(error)}`));
    return false;
  }
  const ended = bundle.ended();
  await bundle.stop();
  const { code } = await ended;
  if (code !== 0) line(style.red(`  ${app} was asked to stop and ended with exit code ${code}`));
  return code === 0;
}
