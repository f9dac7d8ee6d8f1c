import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of the checkout. */
export const workspaceRoot = resolve(import.meta.dirname, '..', '..', '..');

/** Where the state of the system that people start by hand lives. */
export const defaultStateDir = join(workspaceRoot, '.atlas');

/** The state folder of this command: `.atlas`, unless ATLAS_STATE_DIR names another one. */
export function stateDir(env: NodeJS.ProcessEnv): string {
  const named = env['ATLAS_STATE_DIR'] ?? '';
  return named === '' ? defaultStateDir : resolve(named);
}

const order = ['gateway', 'notification', 'billing', 'subscription', 'reporting'];

/** Every app of the workspace, the gateway first. */
export function appFolders(root: string = workspaceRoot): string[] {
  const rank = (app: string): number => (order.includes(app) ? order.indexOf(app) : order.length);
  return readdirSync(join(root, 'apps'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** The apps that can be started: those with a src/main.ts. */
export function findApps(root: string = workspaceRoot): string[] {
  return appFolders(root).filter((app) => existsSync(join(root, 'apps', app, 'src', 'main.ts')));
}
