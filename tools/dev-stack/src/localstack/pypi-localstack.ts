import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Attempt, type LocalStackPlace, localStackVersion, untilItAnswers } from './localstack-place.ts';

const run = promisify(execFile);

/**
 * With it alone LocalStack 4.14.0 does not start any more: cbor2 6 has lost a module that it imports, and Twisted asks for
 * service_identity without saying so.
 */
const packages = [`localstack-core[runtime]==${localStackVersion}`, 'cbor2<6', 'service_identity'];
/** Its code has type parameters (PEP 695), although its metadata allows older ones. */
const oldestMinor = 12;

/** LocalStack out of PyPI, in a virtual environment below the state folder that is kept for the next time. */
export async function pypiLocalStack({ dir, say }: LocalStackPlace): Promise<Attempt> {
  const home = join(dir, `localstack-${localStackVersion}`);
  const python = join(home, 'bin', 'python');
  const installed = join(home, 'installed');
  try {
    if (!existsSync(installed)) {
      const base = await findPython();
      if (base === undefined) return { reason: `PyPI: no Python 3.${oldestMinor} or newer is installed` };
      say(`Installing LocalStack ${localStackVersion} from PyPI into ${home}; this takes two or three minutes`);
      rmSync(home, { recursive: true, force: true });
      await run(base, ['-m', 'venv', home]);
      await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
      writeFileSync(installed, packages.join('\n'));
    }
    return await start(python, home);
  } catch (error) {
    return { reason: `PyPI: ${(error as Error).message.trim().split('\n').at(-1)}` };
  }
}

async function start(python: string, home: string): Promise<Attempt> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = join(home, 'run');
  mkdirSync(folder, { recursive: true });
  const log = openSync(join(home, 'localstack.log'), 'w');
  const child = spawn(python, ['-m', 'localstack.runtime.main'], {
    cwd: folder,
    stdio: ['ignore', log, log],
    env: {
      ...{ PATH: process.env['PATH'], HOME: homedir(), GATEWAY_LISTEN: `127.0.0.1:${port}`, SERVICES: 'sns,sqs' },
      // Nothing is to be sent or fetched while tests run.
      ...{ DISABLE_EVENTS: '1', SKIP_SSL_CERT_DOWNLOAD: '1' },
    },
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  };
  try {
    await untilItAnswers(url, () => child.exitCode !== null || child.signalCode !== null);
  } catch (error) {
    if (child.exitCode === null) await stop();
    throw new Error(`${(error as Error).message}; its log is ${join(home, 'localstack.log')}`, { cause: error });
  }
  return { url, how: `localstack-core ${localStackVersion} from PyPI, in ${home}`, stop };
}

/** The newest Python that is new enough: on PATH, or among the versions that pyenv keeps. */
async function findPython(): Promise<string | undefined> {
  const kept = join(homedir(), '.pyenv', 'versions');
  const versions = existsSync(kept) ? readdirSync(kept).map((version) => join(kept, version, 'bin', 'python')) : [];
  for (const python of ['python3', 'python3.13', 'python3.12', 'python3.14', ...versions.toSorted().toReversed()]) {
    const answer = await run(python, ['-c', 'import sys, venv; print(*sys.version_info[:2])']).catch(() => undefined);
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
