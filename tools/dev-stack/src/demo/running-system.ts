import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { ownerOf } from '../process/state-lock.ts';
import type { Owner } from '../process/state-lock.ts';
import { startSystem } from '../system/start-system.ts';
import type { SystemProgress } from '../system/start-system.ts';
import { findApps } from '../workspace.ts';
import { DemoError } from './errors.ts';

/** A system to work with. */
export interface UsableSystem {
  readonly env: Readonly<Record<string, string>>;
  /** Stops what was started for this; a system that ran before goes on. */
  release(): Promise<void>;
}

export interface UsableSystemOptions {
  /** The state folder. */
  dir: string;
  signal: AbortSignal;
  onProgress: (progress: SystemProgress) => void;
  onNote: (text: string) => void;
}

export const demoCommand = 'npm run demo';
const readyTimeoutMs = 60_000;
const appsTimeoutMs = 15_000;

/**
 * The system that runs out of the state folder, once its apps are ready; without one, a new one. Throws DemoError
 * NOT_ANSWERING when a running one does not become ready, or is somebody else's demo, which would take it away.
 */
export async function useSystem(options: UsableSystemOptions): Promise<UsableSystem> {
  const { dir, signal, onProgress, onNote } = options;
  const owner = ownerOf(dir);
  if (owner === undefined) {
    const system = await startSystem({ dir, command: demoCommand, signal, onProgress });
    return { env: system.env, release: () => system.stop() };
  }
  if (owner.command === demoCommand) {
    throw new DemoError('NOT_ANSWERING', `Another ${demoCommand} is running, process ${owner.pid}. Wait for it.`);
  }
  onNote(`Using what "${owner.command}" has started (process ${owner.pid}).`);
  return { env: await readyEnvironment(dir, owner, signal), release: async () => undefined };
}

async function readyEnvironment(dir: string, owner: Owner, signal: AbortSignal): Promise<Record<string, string>> {
  const onlyInfrastructure = owner.command !== 'npm start';
  const deadline = performance.now() + (onlyInfrastructure ? appsTimeoutMs : readyTimeoutMs);
  for (;;) {
    // Read again each time: one that is just starting writes it anew, perhaps with other ports.
    const env = await readFile(join(dir, 'stack.env'), 'utf8').then(parseEnv, () => ({}));
    const known = env as Record<string, string>;
    const waiting = await notReady(known);
    if (waiting.length === 0) return known;
    if (performance.now() > deadline) throw notReadyError(owner, waiting, onlyInfrastructure);
    await delay(250, undefined, { signal });
  }
}

async function notReady(env: Record<string, string>): Promise<string[]> {
  const ready = async (app: string) => {
    const url = env[`${app.toUpperCase()}_URL`];
    const asked = url && fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) });
    return asked ? asked.then((answer) => answer.ok).catch(() => false) : false;
  };
  const apps = findApps();
  const answers = await Promise.all(apps.map(ready));
  return apps.filter((_, i) => !answers[i]);
}

function notReadyError(owner: Owner, apps: string[], onlyInfrastructure: boolean): DemoError {
  const advice = onlyInfrastructure
    ? `Start them: ${apps.map((app) => `npx nx serve ${app}`).join(', ')}`
    : 'Look at .atlas/logs, or stop it and start it again.';
  const message = `"${owner.command}" runs (process ${owner.pid}), but ${apps.join(' and ')} not ready. ${advice}`;
  return new DemoError(
    'NOT_ANSWERING',
    message.replace(' not ready', apps.length === 1 ? ' is not ready' : ' are not ready'),
  );
}
