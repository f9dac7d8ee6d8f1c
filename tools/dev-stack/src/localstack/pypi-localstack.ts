import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startGuard } from '../process/guard.ts';
import { createPidFiles } from '../process/pid-files.ts';
import { createServiceProcess } from '../process/service-process.ts';
import {
  type Attempt,
  type LocalStack,
  type LocalStackPlace,
  localStackVersion,
  versionAt,
} from './localstack-place.ts';

const run = promisify(execFile);

/**
 * With it alone LocalStack 4.14.0 does not start any more: cbor2 6 has lost a module that it imports, and Twisted asks for
 * service_identity without saying so.
 */
const packages = [`localstack-core[runtime]==${localStackVersion}`, 'cbor2<6', 'service_identity'];
/** Its code has type parameters (PEP 695), although its metadata allows older ones. */
const oldestMinor = 12;

/** LocalStack out of PyPI, in a virtual environment below the state folder that is kept for the next time. */
export async function pypiLocalStack(place: LocalStackPlace): Promise<Attempt> {
  const home = join(place.dir, `localstack-${localStackVersion}`);
  const stamp = join(home, 'installed');
  const wanted = packages.join('\n');
  try {
    if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
      const base = await findPython();
      if (base === undefined) {
        return { reason: `PyPI: no Python 3.${oldestMinor} or newer with its venv module is installed` };
      }
      await install(home, base, place);
      writeFileSync(stamp, wanted);
    }
    return await start(home, place);
  } catch (error) {
    return { reason: `PyPI: ${(error as Error).message.trim().split('\n').at(-1)}` };
  }
}

async function install(home: string, base: string, { say, signal }: LocalStackPlace): Promise<void> {
  say(`Installing LocalStack ${localStackVersion} from PyPI into ${home}; this takes two or three minutes`);
  rmSync(home, { recursive: true, force: true });
  const startedAt = Date.now();
  const pulse = setInterval(() => say(`  still installing, ${Math.round((Date.now() - startedAt) / 1000)} s`), 20_000);
  try {
    await run(base, ['-m', 'venv', home], { signal });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
    await run(join(home, 'bin', 'python'), pip, { signal });
  } finally {
    clearInterval(pulse);
  }
}

/** A process of LocalStack that ends with this one, however this one ends. */
async function start(home: string, { signal }: LocalStackPlace): Promise<LocalStack> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const cwd = join(home, 'run');
  mkdirSync(cwd, { recursive: true });
  const guard = startGuard();
  const logFile = join(home, 'localstack.log');
  const child = createServiceProcess(
    {
      ...{ name: 'localstack', command: join(home, 'bin', 'python'), args: ['-m', 'localstack.runtime.main'] },
      ...{ cwd, logFile, beforeStart: () => rmSync(logFile, { force: true }) },
      env: {
        ...{ PATH: process.env['PATH'], HOME: homedir(), GATEWAY_LISTEN: `127.0.0.1:${port}`, SERVICES: 'sns,sqs' },
        // Nothing is to be sent or fetched while tests run.
        ...{ DISABLE_EVENTS: '1', SKIP_SSL_CERT_DOWNLOAD: '1' },
      },
      ...{ ready: async () => (await versionAt(url)) !== undefined, readyTimeoutMs: 120_000 },
      ...{ stopSignal: 'SIGTERM', stopTimeoutMs: 5_000, orphanSignal: 'SIGTERM' },
    },
    { guard, pidFiles: createPidFiles(cwd) },
  );
  const stop = async (): Promise<void> => {
    await child.stop();
    await guard.release();
  };
  const abort = () => void child.stop();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await child.start();
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return { url, how: `localstack-core ${localStackVersion} from PyPI, in ${home}`, stop };
}

/** A Python that is new enough: on PATH, or among the versions that uv and pyenv keep. */
async function findPython(): Promise<string | undefined> {
  const kept = join(homedir(), '.pyenv', 'versions');
  const versions = existsSync(kept) ? readdirSync(kept).map((version) => join(kept, version, 'bin', 'python')) : [];
  const ofUv = await run('uv', ['python', 'find', `>=3.${oldestMinor}`]).catch(() => ({ stdout: '' }));
  const names = ['python3', 'python3.13', 'python3.12', 'python3.14', ofUv.stdout.trim()];
  for (const python of [...names.filter(Boolean), ...versions.toSorted().toReversed()]) {
    // Debian has venv in every Python, and what it needs (ensurepip) in a package of its own.
    const question = 'import sys, venv, ensurepip; print(*sys.version_info[:2])';
    const answer = await run(python, ['-c', question]).catch(() => undefined);
    const [major, minor] = (answer?.stdout ?? '').split(' ').map(Number);
    if (major === 3 && minor! >= oldestMinor) return python;
  }
  return undefined;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
