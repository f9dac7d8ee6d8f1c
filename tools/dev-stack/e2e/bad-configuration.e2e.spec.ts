import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { migrate } from '@atlas/gateway/migrations';
import {
  createTestDatabase,
  eventually,
  leakCheck,
  stackVariable,
  startTcpProxy,
  type TestDatabase,
  testPrefix,
} from '@atlas/testing';
import { findApps } from '../src/index.ts';
import { startProvisioning } from '../src/system/provisioning.ts';
import { type LoneApp, runAlone } from './lone-app.ts';

/** From its start to its exit: a person waits that long for the report, a deployment for its roll-back. */
const limitMs = 10_000;
/** What a supervisor sees of a configuration that has to be corrected (EX_CONFIG of sysexits.h). */
const exitConfig = 78;

const apps = findApps();
const services = apps.filter((app) => app !== 'gateway');
const prefix = testPrefix();
const running = new Set<LoneApp>();
let migrated: TestDatabase;
let empty: TestDatabase;
let lockedRedis: Awaited<ReturnType<typeof startLockedRedis>>;

beforeAll(async () => {
  lockedRedis = await startLockedRedis();
  migrated = await createTestDatabase({ name: 'gateway', migrate });
  empty = await createTestDatabase({ name: 'empty', migrate: () => Promise.resolve() });
  const env = { ...(process.env as Record<string, string>), ATLAS_PREFIX: prefix };
  const provisioning = startProvisioning(env, { apps, visibilityTimeoutSeconds: undefined });
  await Promise.all([provisioning.provision('sqs'), provisioning.provision('dynamodb')]);
  await provisioning.close();
}, 60_000);

afterAll(async () => {
  for (const app of running) app.kill('SIGKILL');
  await Promise.all([...running].map(({ ended }) => ended));
  await lockedRedis.stop();
  await Promise.all([migrated.drop(), empty.drop()]);
}, 30_000);

/** Everything that the app needs is there under this prefix, but for what `differences` takes away. */
async function start(app: string, differences: Record<string, string>): Promise<LoneApp> {
  const started = await runAlone(app, { ATLAS_PREFIX: prefix, DATABASE_URL: migrated.url, ...differences });
  running.add(started);
  void started.ended.then(() => running.delete(started));
  return started;
}

/** A connection string with another account or path. */
function changed(url: string, change: (url: URL) => void): string {
  const parsed = new URL(url);
  change(parsed);
  return parsed.href;
}

interface Mistake {
  readonly what: string;
  readonly apps: readonly string[];
  readonly differences: (app: string) => Record<string, string>;
  readonly report: (app: string) => RegExp;
}

const secretOf = (app: string): string =>
  ({ gateway: 'SESSION_SECRETS', notification: 'SMTP_URL' })[app] ?? 'REDIS_URL';
const mistakes: Mistake[] = [
  {
    ...{ what: 'a secret is missing, and the region is no name of one', apps },
    differences: (app) => ({ [secretOf(app)]: '', AWS_REGION: 'local' }),
    report: (app) =>
      new RegExp(`^(?=[^]*${secretOf(app)}\\s+is missing)(?=[^]*AWS_REGION\\s+is "local": must be a region of AWS)`),
  },
  {
    ...{ what: 'queues and topics do not exist: they are in another region', apps },
    differences: () => ({ AWS_REGION: 'us-east-1' }),
    report: () => /(Queue|Topic) \S+ does not exist\. .*AWS_REGION/,
  },
  {
    ...{ what: 'a region that AWS does not have', apps },
    // At AWS itself, whose names are looked up; what is preloaded says what every name server says of this one.
    differences: () => ({
      ...{ AWS_REGION: 'eu-nowhere-9', AWS_ENDPOINT_URL: '', AWS_ENDPOINT_URL_DYNAMODB: '' },
      NODE_OPTIONS: `--require=${join(import.meta.dirname, 'fixtures', 'no-such-host.cjs')}`,
    }),
    report: () => /AWS has no region eu-nowhere-9: .*Check AWS_REGION/,
  },
  {
    ...{ what: 'tables are missing', apps: services },
    differences: () => ({ ATLAS_PREFIX: 'nothing' }),
    report: () => /Table nothing-\S+ does not exist\./,
  },
  {
    ...{ what: 'the schema is missing', apps: ['gateway'] },
    differences: () => ({ DATABASE_URL: empty.url }),
    report: () => /database schema is old: .* Run the migrations/,
  },
  {
    ...{ what: 'the password of PostgreSQL is wrong', apps: ['gateway'] },
    differences: () => ({ DATABASE_URL: changed(migrated.url, (url) => (url.password = 'wrong')) }),
    report: () => /PostgreSQL refuses the connection: password .*Check DATABASE_URL/,
  },
  {
    ...{ what: 'the database does not exist', apps: ['gateway'] },
    differences: () => ({ DATABASE_URL: changed(migrated.url, (url) => (url.pathname = '/nothing')) }),
    report: () => /PostgreSQL refuses the connection: database "nothing" does not exist/,
  },
  {
    ...{ what: 'the password of Redis is missing', apps: ['gateway', 'notification', 'reporting'] },
    differences: () => ({ REDIS_URL: lockedRedis.url }),
    report: () => /Redis refuses the connection: NOAUTH .*Check REDIS_URL/,
  },
];

test.each(mistakes)(
  '$what: $apps end with one report, within ten seconds',
  async (mistake) => {
    const took = await inTurns(mistake.apps, async (app) => {
      const { ended, output } = await start(app, mistake.differences(app));
      const { code, ms, queuedMs } = await ended;
      expect(output.stderr).toMatch(mistake.report(app));
      expect({ app, code }).toEqual({ app, code: exitConfig });
      expect(output.stderr).toMatch(new RegExp(`^\n${app} cannot start.\n\n`));
      // A report is for people: no stack, and nothing that is logged as if it were a defect.
      expect(output.stderr).not.toMatch(/^\s+at /m);
      expect(output.stdout).not.toMatch(/"level":"(error|fatal)"/);
      // What other tests take of the machine at the same time is not the app's.
      expect(ms - queuedMs).toBeLessThan(limitMs);
      return `${app} ${(ms / 1_000).toFixed(1)} s (${(queuedMs / 1_000).toFixed(1)} s of them queued)`;
    });
    console.info(`${mistake.what}: ${took.join(', ')}`);
  },
  120_000,
);

/** Two at a time, as many as the reference machine has cores. */
async function inTurns<T>(names: readonly string[], run: (name: string) => Promise<T>): Promise<T[]> {
  const half = Math.ceil(names.length / 2);
  const oneByOne = async (those: readonly string[]) => {
    const results: T[] = [];
    for (const name of those) results.push(await run(name));
    return results;
  };
  return (await Promise.all([oneByOne(names.slice(0, half)), oneByOne(names.slice(half))])).flat();
}

/** A Redis that lets nobody do anything: one refusal for each command. */
async function startLockedRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const commands = String(chunk).match(/^\*\d+\r$/gm)?.length ?? 0;
      socket.write('-NOAUTH Authentication required.\r\n'.repeat(commands));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('nothing that they need answers: each is alive, is not ready, and becomes ready by itself', async () => {
  const variables = ['REDIS_URL', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_DYNAMODB'];
  const urls = {
    DATABASE_URL: migrated.url,
    ...Object.fromEntries(variables.map((name) => [name, stackVariable(name)])),
  };
  const proxies = await Promise.all(
    Object.entries(urls).map(async ([name, url]) => ({ name, proxy: await startTcpProxy(url) })),
  );
  await Promise.all(proxies.map(({ proxy }) => proxy.cut()));
  const differences = Object.fromEntries(proxies.map(({ name, proxy }) => [name, proxy.url]));
  const started = await Promise.all(apps.map((app) => start(app, differences)));
  const patient = { timeoutMs: 40_000, everyMs: 100 };
  const health = async ({ url }: LoneApp) =>
    Promise.all(['live', 'ready'].map(async (what) => (await fetch(`${url}/health/${what}`)).status));
  for (const app of started) await eventually(async () => expect(await health(app)).toEqual([200, 503]), patient);
  await Promise.all(proxies.map(({ proxy }) => proxy.restore()));
  for (const app of started) await eventually(async () => expect(await health(app)).toEqual([200, 200]), patient);
  for (const app of started) app.kill('SIGTERM');
  expect(await Promise.all(started.map(async ({ ended }) => (await ended).code))).toEqual(apps.map(() => 0));
  await Promise.all(proxies.map(({ proxy }) => proxy.close()));
}, 120_000);

leakCheck();
