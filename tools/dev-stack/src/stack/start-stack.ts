import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from '../errors.ts';
import { startGuard, type Guard } from '../process/guard.ts';
import { createPidFiles, stopStaleProcesses, type PidFiles } from '../process/pid-files.ts';
import { createServiceProcess, type ProcessSpec, type ServiceProcess } from '../process/service-process.ts';
import { prepareDynamodb } from './dynamodb.ts';
import { partNames, preferredPorts, type PartName } from './part-names.ts';
import { createPortChooser, randomPortBase, type PortChooser } from './ports.ts';
import { preparePostgres } from './postgres.ts';
import { prepareRedis } from './redis.ts';
import { loadSecrets, type Secrets } from './secrets.ts';
import { prepareSink } from './sink.ts';
import { prepareSqs } from './sqs.ts';
import { region, stackEnvironment, type Ports } from './stack-environment.ts';

export interface StackOptions {
  /** The state folder; data, logs, pid files, ports and secrets live in it. */
  dir: string;
  /** Apps that get a port and a URL in the environment; starting them is the caller's. Default: none but the gateway. */
  apps?: string[];
  /** Forgets queues when the emulator stops and does not wait for disks. Default false. */
  inMemory?: boolean;
  mode?: 'development' | 'test';
  /** Deletes the state folder at the end, also when this process is killed. Default false. */
  temporary?: boolean;
  /** Told about each part when it answers, with the milliseconds it took, and about installations. */
  onProgress?: (step: StackProgress) => void;
}

export type StackProgress =
  { kind: 'ready'; name: string; ms: number } | { kind: 'installing'; what: string } | { kind: 'stale'; names: string[] };

export interface Stack {
  readonly dir: string;
  /** What apps, tools and tests read; see stackEnvironment. */
  readonly env: Record<string, string>;
  readonly ports: Ports;
  /** For further processes that belong to this stack. */
  readonly deps: { guard: Guard; pidFiles: PidFiles };
  /** The pid of a part while it runs. */
  pid(name: PartName): number | undefined;
  /** Takes a part away; resolves when it has ended. */
  stopService(name: PartName): Promise<void>;
  /** Brings a part back on the same port with the same data; resolves when it answers. */
  startService(name: PartName): Promise<void>;
  /** Sends a signal to a part, for example SIGSTOP to make it hang; false when it does not run. */
  signalService(name: PartName, signal: NodeJS.Signals): boolean;
  /** Stops every part and lets the guard go. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL, Redis, SNS and SQS, DynamoDB and the sink, all at once, and resolves when all answer. Rejects with a
 * StackError when one does not; the others are stopped then.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dir, apps = ['gateway', 'notification'], inMemory = false, mode = 'development' } = options;
  const onProgress = options.onProgress ?? (() => {});
  mkdirSync(dir, { recursive: true });
  const pidFiles = createPidFiles(join(dir, 'run'));
  const stale = await stopStaleProcesses(pidFiles);
  if (stale.length > 0) onProgress({ kind: 'stale', names: stale });
  const secrets = loadSecrets(join(dir, 'secrets.json'));
  const ports = await choosePorts(dir, [...partNames, 'smtp', ...apps], mode === 'test');
  const deps = { guard: startGuard(), pidFiles };
  if (options.temporary === true) deps.guard.removeAtEnd(dir);
  const parts = new Map<PartName, ServiceProcess>();

  const startPart = async (name: PartName): Promise<void> => {
    const startedAt = performance.now();
    const spec = await prepare(name, { dir, ports, secrets, inMemory, onProgress });
    const part = createServiceProcess(spec, deps);
    parts.set(name, part);
    await part.start();
    onProgress({ kind: 'ready', name, ms: performance.now() - startedAt });
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...parts.values()].map((part) => part.stop()));
    await deps.guard.release();
  };
  const startable = partNames.filter((name) => name !== 'sink' || existsSync(join(import.meta.dirname, '../sink/main.ts')));
  const outcomes = await Promise.allSettled(startable.map((name) => startPart(name)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const partNamed = (name: PartName): ServiceProcess => {
    const part = parts.get(name);
    if (part === undefined) throw new StackError('UNKNOWN_PART', `There is no part named ${name}.`);
    return part;
  };
  return {
    dir,
    env: stackEnvironment({ ports, secrets, mode, apps }),
    ports,
    deps,
    pid: (name) => partNamed(name).pid,
    stopService: (name) => partNamed(name).stop(),
    startService: (name) => partNamed(name).start(),
    signalService: (name, signal) => partNamed(name).kill(signal),
    stop,
  };
}

interface Preparation {
  dir: string;
  ports: Ports;
  secrets: Secrets;
  inMemory: boolean;
  onProgress: (step: StackProgress) => void;
}

async function prepare(name: PartName, preparation: Preparation): Promise<ProcessSpec> {
  const { dir, ports, secrets, inMemory, onProgress } = preparation;
  const shared = {
    dataDir: join(dir, 'data'),
    logFile: join(dir, 'logs', `${name}.log`),
    port: ports[name] ?? 0,
    ephemeral: inMemory,
  };
  mkdirSync(shared.dataDir, { recursive: true });
  switch (name) {
    case 'postgres':
      return preparePostgres({ ...shared, password: secrets.postgresPassword });
    case 'redis':
      return prepareRedis({ ...shared, onInstall: (what) => onProgress({ kind: 'installing', what }) });
    case 'sqs':
      return prepareSqs({ ...shared, inMemory, region });
    case 'dynamodb':
      return prepareDynamodb(shared);
    case 'sink':
      return prepareSink({ ...shared, inMemory, smtpPort: ports['smtp'] ?? 0 });
  }
}

/** A system that people look at keeps its ports; one of a test run takes any, because many run at once. */
async function choosePorts(dir: string, names: string[], anyPort: boolean): Promise<Ports> {
  const chooser: PortChooser = createPortChooser(anyPort ? {} : { file: join(dir, 'ports.json') });
  const base = randomPortBase();
  const ports: Ports = {};
  for (const name of names) ports[name] = await chooser.choose(name, anyPort ? base : (preferredPorts[name] ?? 3100));
  return ports;
}
