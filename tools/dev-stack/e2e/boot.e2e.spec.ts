import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { eventually } from '@atlas/testing';
import { ownerOf } from '../src/index.ts';

const bootstrap = join(__dirname, '..', 'bootstrap.mjs');
const dir = mkdtempSync(join(tmpdir(), 'atlas-boot-'));
const started: ChildProcess[] = [];

/** Runs a command as npm would, on a state folder of its own, and keeps what it prints. */
function run(command: string) {
  const env = { ...process.env, ATLAS_STATE_DIR: dir, ATLAS_TEST_STACK: '', ATLAS_BUNDLES: '' };
  const child = spawn(process.execPath, [bootstrap, command], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(String(chunk)));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  return { child, exit, output: () => output.join('') };
}

async function start() {
  const running = run('start');
  await eventually(() => expect(running.output()).toContain('Atlas is running'), { timeoutMs: 90_000, everyMs: 100 });
  return running;
}

/** Every process that has the state folder in its arguments or its environment. */
function processesOfSystem(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const [command, environment] = ['cmdline', 'environ'].map((file) => readProc(pid, file));
      return `${command}${environment}`.includes(dir) ? [`${pid} ${command}`] : [];
    });
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

const nothingRuns = () =>
  eventually(() => expect(processesOfSystem()).toEqual([]), { timeoutMs: 15_000, everyMs: 100 });
const stackEnv = () => parseEnv(readFileSync(join(dir, 'stack.env'), 'utf8'));

async function mailsReceived(): Promise<number> {
  const summary = await fetch(`${stackEnv()['SINK_URL']}/api/mail/summary`);
  return ((await summary.json()) as { received: number }).received;
}

/** Of each of the three tenants a welcome, and one for the order, the subscription and the money that was given back. */
const mailsOfFirstRun = 6;
/** The tenant of the order is there already. */
const mailsOfLaterRun = 5;

/** What a timeline of the demonstration shows, line by line: the time, who, what, how long after its cause; nothing follows the last. */
function timeline(...steps: [who: string, what: string][]): RegExp {
  const clock = String.raw`\d\d:\d\d:\d\d\.\d{3}`;
  const lines = steps.map(
    ([who, what]) => String.raw`${clock}\s+${who}\s+${what.replace('.', '\\.')}\s+\d+ ms .*\n\s+`,
  );
  const end = String.raw`${steps.at(-1)![1].replace('.', '\\.')} \d+ ms after the request; the customer's e-mail: http://`;
  return new RegExp(lines.join('') + end);
}

/** What the demonstration ends with. A run at midnight has its orders on two days. */
function revenueOf(orders: number): RegExp {
  const row = String.raw`[\d.]+ [A-Z]{3}  (${orders} orders?|1 order)\n`;
  const lag = String.raw`newest event of \d\d:\d\d:\d\d\.\d{3}, counted \d+ ms later`;
  return new RegExp(String.raw`from the projection:\n\s+${row}\s+Equal to the sum of its orders, to the cent; ${lag}`);
}

afterAll(async () => {
  for (const child of started) child.kill('SIGTERM');
  await nothingRuns();
  rmSync(dir, { recursive: true, force: true });
}, 30_000);

// /proc is how the test makes sure that nothing is left, whoever started it.
(process.platform === 'linux' ? describe : describe.skip)('npm start', () => {
  let first: ReturnType<typeof run>;
  let urlsBefore = {};

  test('boots, shows an order with its consequences, and refuses to run twice', async () => {
    first = await start();
    expect(first.output()).toMatch(/order completed\s+in \d+ ms/);
    for (const consequence of ['e-mail', 'webhook', 'feed entry', 'revenue']) {
      expect(first.output()).toMatch(new RegExp(`${consequence}\\s+after \\d+ ms\\s+http://`));
    }
    expect(first.output()).toMatch(
      timeline(
        ['billing', 'charge.requested'],
        ['billing', 'charge.succeeded'],
        ['subscription', 'subscription.activated'],
      ),
    );
    expect(first.output()).toMatch(
      timeline(
        ['billing', 'charge.requested'],
        ['billing', 'charge.succeeded'],
        ['subscription', 'subscription.activation_failed'],
        ['billing', 'charge.reversed'],
      ),
    );
    expect(first.output()).toMatch(revenueOf(1));
    urlsBefore = stackEnv();
    await eventually(async () => expect(await mailsReceived()).toBe(mailsOfFirstRun), { timeoutMs: 45_000 });

    const second = run('start');
    expect(await second.exit).toBe(1);
    expect(second.output().trim().split('\n')).toEqual([expect.stringContaining('Atlas runs already: npm start')]);
    const reset = run('reset');
    expect(await reset.exit).toBe(1);
    expect(reset.output().trim().split('\n')).toEqual([expect.stringContaining('Atlas is running')]);
  }, 120_000);

  test('starts an app again that is killed', async () => {
    const { pid } = JSON.parse(readFileSync(join(dir, 'run', 'notification.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await eventually(() => expect(first.output()).toContain('notification is back'), { timeoutMs: 30_000 });
    expect(first.output()).toContain('notification was ended by SIGKILL');
  }, 40_000);

  test('leaves nothing running when its supervisor is killed', async () => {
    const { pid } = ownerOf(dir)!;
    process.kill(pid, 'SIGKILL');
    await nothingRuns();
  }, 30_000);

  test('finds its state and its addresses again after that, and stops cleanly at Ctrl-C', async () => {
    const system = await start();
    expect(stackEnv()).toEqual(urlsBefore);
    expect(system.output()).toMatch(revenueOf(2));
    await eventually(async () => expect(await mailsReceived()).toBe(mailsOfFirstRun + mailsOfLaterRun), {
      timeoutMs: 45_000,
    });
    system.child.kill('SIGINT');
    expect(await system.exit).toBe(0);
    expect(system.output()).toContain('Everything is stopped');
    expect(processesOfSystem()).toEqual([]);
  }, 120_000);

  test('stops when the process that forwards Ctrl-C to it is killed', async () => {
    const system = await start();
    system.child.kill('SIGKILL');
    await nothingRuns();
  }, 120_000);

  test('forgets everything at reset', async () => {
    const reset = run('reset');
    expect(await reset.exit).toBe(0);
    expect(() => readdirSync(dir)).toThrow('ENOENT');
  });
});
