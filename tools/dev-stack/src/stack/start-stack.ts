import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StackError } from '../errors.ts';
import { startGuard, type Guard } from '../process/guard.ts';
import { createPidFiles, stopStaleProcesses, type PidFiles } from '../process/pid-files.ts';
import { createServiceProcess } from '../process/service-process.ts';
import { claimStateDir } from '../process/state-lock.ts';
import { superviseProcess, type SupervisedProcess, type SupervisionEvents } from '../process/supervised-process.ts';
import { renderEnvFile } from './env-file.ts';
import { partNames, preferredPorts, type PartName } from './part-names.ts';
import { createPortChooser, type PortRange, reservePortRange } from './ports.ts';
import { preparePart } from './prepare-part.ts';
import { loadSecrets } from './secrets.ts';
import { prefix, stackEnvironment, type Ports } from './stack-environment.ts';
import { appFolders } from '../workspace.ts';

export interface StackOptions extends SupervisionEvents {
  /** The state folder: data, logs, pid files, ports, secrets and `stack.env`. One stack at a time runs out of it. */
  dir: string;
  /** Queues are forgotten when the emulator stops, and no part waits for the disk. Default false. */
  inMemory?: boolean;
  /** `test` takes any free port, `development` the same ones as last time. Default development. */
  mode?: 'development' | 'test';
  /** Deletes the state folder at the end, also when this process is killed. Default false. */
  temporary?: boolean;
  /** What a person typed to start it, for the message that a second start gets. */
  command?: string;
  /** Ends a start that is under way, and everything with it. */
  signal?: AbortSignal;
  /** Further processes that get a port in `ports`. */
  portsFor?: readonly string[];
  /** Called once, before any part starts. */
  onEnvironment?: (env: Record<string, string>) => void;
  /** Runs as soon as a part answers, at the same time as the other parts start; the stack waits for it. */
  onPartReady?: (name: PartName) => Promise<void>;
  onProgress?: (progress: StackProgress) => void;
}

export type StackProgress =
  | { kind: 'ready'; name: string; ms: number; url?: string }
  | { kind: 'installing'; what: string }
  | { kind: 'cleared'; names: string[] };

export interface Stack {
  readonly dir: string;
  /** What apps, tools and tests read from their environment. */
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
  /** Sends a signal to a part: SIGSTOP makes it hang, SIGKILL crash (it is started again). False when it does not run. */
  signalService(name: PartName, signal: NodeJS.Signals): boolean;
  /** Stops every part and lets the guard go. */
  stop(): Promise<void>;
}

/**
 * Every app of the workspace has a port and a URL in the environment; starting apps is up to the caller.
 * Starts PostgreSQL, Redis, SNS and SQS, DynamoDB and the sink, all at once, and resolves when all answer. A part that
 * crashes later is started again. Rejects with a StackError when one does not start; the others are stopped then.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dir, mode = 'development', command = 'a local stack' } = options;
  const apps = appFolders();
  mkdirSync(dir, { recursive: true });
  const releaseDir = claimStateDir(dir, command);
  const range = mode === 'test' ? await reservePortRange() : undefined;
  const release = () => {
    range?.release();
    releaseDir();
  };
  try {
    const pidFiles = createPidFiles(join(dir, 'run'));
    const cleared = await stopStaleProcesses(pidFiles);
    if (cleared.length > 0) options.onProgress?.({ kind: 'cleared', names: cleared });
    const secrets = loadSecrets(join(dir, 'secrets.json'));
    const ports = await choosePorts(dir, [...partNames, 'smtp', ...apps, ...(options.portsFor ?? [])], range);
    const snsAndSqsUrl = process.env['ATLAS_SNS_SQS_URL'];
    const env = stackEnvironment({ ports, secrets, mode, apps, prefix: snsAndSqsUrl ? ownPrefix(dir) : prefix });
    const file = renderEnvFile(env, 'Written by npm start and npm run stack at every start.');
    writeFileSync(join(dir, 'stack.env'), file, { mode: 0o600 });
    options.onEnvironment?.(env);
    const deps = { guard: startGuard(), pidFiles };
    if (options.temporary === true) deps.guard.removeAtEnd(dir);
    const prepare = (name: PartName) =>
      preparePart(name, {
        ...{ dir, ports, secrets, snsAndSqsUrl, inMemory: options.inMemory ?? false },
        onInstall: (what) => options.onProgress?.({ kind: 'installing', what }),
      });
    return await launch({ options, env, ports, deps, prepare, release });
  } catch (error) {
    release();
    throw error;
  }
}

interface Launch {
  options: StackOptions;
  env: Record<string, string>;
  ports: Ports;
  deps: Stack['deps'];
  prepare: (name: PartName) => ReturnType<typeof preparePart>;
  /** Gives back the folder and the ports. */
  release: () => void;
}

async function launch({ options, env, ports, deps, prepare, release }: Launch): Promise<Stack> {
  const parts = new Map<PartName, SupervisedProcess>();
  const startPart = async (name: PartName): Promise<void> => {
    const startedAt = performance.now();
    const part = superviseProcess(createServiceProcess(await prepare(name), deps), options);
    options.signal?.throwIfAborted();
    parts.set(name, part);
    await part.start();
    options.onProgress?.({ kind: 'ready', name, ms: performance.now() - startedAt });
    await options.onPartReady?.(name);
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...parts.values()].map((part) => part.stop()));
    await deps.guard.release();
    release();
  };
  const abort = (): void => parts.forEach((part) => void part.stop());
  options.signal?.addEventListener('abort', abort, { once: true });
  const failures = await Promise.allSettled(partNames.map((name) => startPart(name)));
  options.signal?.removeEventListener('abort', abort);
  const failed = failures.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const partNamed = (name: PartName): SupervisedProcess => {
    const part = parts.get(name);
    if (part === undefined) throw new StackError('UNKNOWN_PART', `There is no part named ${name}.`);
    return part;
  };
  return {
    ...{ dir: options.dir, env, ports, deps, stop },
    pid: (name) => partNamed(name).pid,
    stopService: (name) => partNamed(name).stop(),
    startService: (name) => partNamed(name).start(),
    signalService: (name, signal) => partNamed(name).kill(signal),
  };
}

/** In an SNS and SQS that run already other stacks have their names too; a stack that starts again finds its own. */
function ownPrefix(dir: string): string {
  return `s${createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 8)}`;
}

/** A system that people look at keeps its ports; one of a test run takes those of its range. */
async function choosePorts(dir: string, names: string[], range: PortRange | undefined): Promise<Ports> {
  const chooser = createPortChooser(range ? {} : { file: join(dir, 'ports.json') });
  const ports: Ports = {};
  for (const name of names) ports[name] = await chooser.choose(name, range?.first ?? preferredPorts[name]);
  return ports;
}
