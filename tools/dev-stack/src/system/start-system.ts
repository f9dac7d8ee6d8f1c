import { StackError } from '../errors.ts';
import { createServiceProcess, type RunOptions } from '../process/service-process.ts';
import { superviseProcess, type SupervisedProcess } from '../process/supervised-process.ts';
import { waitFor } from '../process/wait-for.ts';
import { startStack, type Stack, type StackOptions, type StackProgress } from '../stack/start-stack.ts';
import { portOf } from '../stack/stack-environment.ts';
import { findApps } from '../workspace.ts';
import { type AppInstance, appInstances, instanceEnvironment, replicaNames, type Replicas } from './app-instances.ts';
import { appProcess } from './app-process.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import type { PlannedChange } from './provision.ts';
import { startProvisioning, type Provisioning } from './provisioning.ts';

export type SystemProgress =
  | StackProgress
  | { kind: 'planned'; name: string; changes: readonly PlannedChange[] }
  | { kind: 'provisioned'; name: string; detail: string; ms: number };

export interface SystemOptions extends Omit<StackOptions, 'onPartReady' | 'onProgress' | 'portsFor'> {
  /** The apps to start; default: all that exist. */
  apps?: string[];
  /** The apps for which topics, queues, tables and the schema are made; default: those that are started. */
  provisionFor?: string[];
  /**
   * How many processes an app has, `{ gateway: 3 }`: they are named `gateway-1` and so on, and a balancer has the app's own
   * port, so that its URL stays what it is.
   */
  replicas?: Replicas;
  /** Added to the environment of every app. */
  env?: Record<string, string>;
  /** Added to the environment of the first run of every app: after a crash it starts without, as a crash point must. */
  firstRunEnv?: Record<string, string>;
  /** Visibility timeout of the queues and the consumers; default 30 s. A test waits less for what a killed app had in hand. */
  visibilityTimeoutSeconds?: number;
  onProgress?: (progress: SystemProgress) => void;
}

export interface System extends Stack {
  readonly apps: string[];
  /** Where this app, or this one replica, listens. */
  url(name: string): string;
  /** The pid of an app or a part while it runs. */
  pid(name: string): number | undefined;
  /** Sends a signal to an app, SIGKILL by default; it is started again by itself. False when it does not run. */
  kill(app: string, signal?: NodeJS.Signals): boolean;
  /** Resolves when the app answers as ready; rejects after `timeoutMs` (30,000). */
  ready(app: string, timeoutMs?: number): Promise<void>;
  stopApp(app: string): Promise<void>;
  startApp(app: string): Promise<void>;
  /**
   * Stops an app as a deploy would and starts it again; resolves when it answers. `env` is added to the environment of
   * that one run: after a crash it starts without.
   */
  restart(app: string, options?: RunOptions): Promise<void>;
}

/**
 * Starts the infrastructure, makes topics, queues, tables and the schema in it, and starts every app as a process of its
 * own. Resolves when all are ready; rejects with a StackError that says why not, and nothing is left running then.
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { apps = findApps(), provisionFor = apps, replicas = {}, visibilityTimeoutSeconds } = options;
  let provisioning: Provisioning | undefined;
  const provision: StackOptions['onPartReady'] = async (part) => {
    const made = await provisioning?.provision(part, ({ what, changes }) =>
      options.onProgress?.({ kind: 'planned', name: what, changes }),
    );
    if (made !== undefined)
      options.onProgress?.({ kind: 'provisioned', name: made.what, detail: made.detail, ms: made.ms });
  };
  const abort = (): void => void provisioning?.close();
  options.signal?.addEventListener('abort', abort, { once: true });
  const stack = await startStack({
    ...options,
    portsFor: replicaNames(replicas),
    onEnvironment: (env) => {
      options.onEnvironment?.(env);
      provisioning = startProvisioning(env, { apps: provisionFor, visibilityTimeoutSeconds });
    },
    onPartReady: provision,
  }).finally(() => provisioning?.close());
  options.signal?.removeEventListener('abort', abort);
  try {
    return await startApps(stack, appInstances(apps, replicas, stack.ports), options);
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function startApps(stack: Stack, instances: AppInstance[], options: SystemOptions): Promise<System> {
  const { visibilityTimeoutSeconds } = options;
  const env: Record<string, string> = {
    ...stack.env,
    ...(visibilityTimeoutSeconds !== undefined && { QUEUE_VISIBILITY_SECONDS: String(visibilityTimeoutSeconds) }),
    ...options.env,
  };
  const running = new Map<string, SupervisedProcess>();
  for (const instance of instances) {
    const spec = appProcess({ ...instance, dir: stack.dir, env: { ...env, ...instanceEnvironment(instance) } });
    running.set(instance.name, superviseProcess(createServiceProcess(spec, stack.deps), options));
  }
  const balancers = await startBalancers(stack, instances);
  const stopApps = async (): Promise<void> => {
    await Promise.all([...running.values()].map((process) => process.stop()));
    await Promise.all(balancers.map((balancer) => balancer.stop()));
  };
  const abort = (): void => void stopApps();
  options.signal?.addEventListener('abort', abort, { once: true });
  const starts = [...running.values()].map(async (process) => {
    const startedAt = performance.now();
    await process.start({ env: options.firstRunEnv });
    const url = urlOf(stack, process.name);
    options.onProgress?.({ kind: 'ready', name: process.name, ms: performance.now() - startedAt, url });
  });
  const failed = (await Promise.allSettled(starts)).find((outcome) => outcome.status === 'rejected');
  options.signal?.removeEventListener('abort', abort);
  if (failed !== undefined) {
    await stopApps();
    throw failed.reason;
  }
  return { ...stack, env, ...appControl(stack, running), stop: () => stopApps().then(() => stack.stop()) };
}

/** One for each app that has several processes, on the port that its URL names. */
async function startBalancers(stack: Stack, instances: AppInstance[]): Promise<Balancer[]> {
  const replicas = instances.filter(({ app, name }) => app !== name);
  const byApp = Map.groupBy(replicas, ({ app }) => app);
  return Promise.all(
    [...byApp].map(([app, those]) => startBalancer({ port: portOf(stack.ports, app), replicas: those })),
  );
}

function urlOf({ ports }: Stack, name: string): string {
  return `http://127.0.0.1:${portOf(ports, name)}`;
}

function appControl(stack: Stack, running: Map<string, SupervisedProcess>) {
  const named = (app: string): SupervisedProcess => {
    const process = running.get(app);
    if (process === undefined) throw new StackError('UNKNOWN_PART', `The app ${app} was not started.`);
    return process;
  };
  return {
    apps: [...running.keys()],
    url: (name: string) => urlOf(stack, name),
    pid: (name: string) => running.get(name)?.pid ?? stack.pid(name as Parameters<Stack['pid']>[0]),
    kill: (app: string, signal: NodeJS.Signals = 'SIGKILL') => named(app).kill(signal),
    ready: (app: string, timeoutMs = 30_000) =>
      waitFor(async () => (await fetch(`${urlOf(stack, app)}/health/ready`)).ok, {
        timeoutMs,
        message: `${app} was not ready within ${timeoutMs} ms`,
      }),
    stopApp: (app: string) => named(app).stop(),
    startApp: (app: string) => named(app).start(),
    async restart(app: string, options?: RunOptions) {
      await named(app).stop();
      await named(app).start(options);
    },
  };
}
