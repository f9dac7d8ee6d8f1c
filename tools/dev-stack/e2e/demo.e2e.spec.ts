import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from '@atlas/testing';
import { credentialsOf } from '../src/demo/credentials.ts';
import { runDemonstration } from '../src/demo/demonstration.ts';
import { createPatientClient, expectStatus, type PatientClient } from '../src/demo/patient-client.ts';
import { startSystem, type System } from '../src/index.ts';
import { compileCacheOf } from '../src/process/compile-cache.ts';
import { expectEqualReports } from './compared-reports.ts';
import { messagesIn } from './shop.ts';

const order = {
  order_id: '538365',
  customer: '17243',
  email: 'buyer-17243@example.com',
  currency: 'GBP',
  completed_at: '2010-12-12T10:11:00Z',
  lines: [
    { sku: '22469', qty: 8, unit_price: '1.65' },
    { sku: 'SAMPLE', qty: 1, unit_price: 0 },
  ],
};

let dir: string;
let system: System;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'atlas-demo-'));
  system = await startSystem({ dir, mode: 'test', temporary: true, visibilityTimeoutSeconds: 5 });
}, 120_000);
afterAll(() => system.stop(), 60_000);

afterEach(() => misbehave({ smtp: null, hooks: { 'corner-shop': null } }));

function demo(...args: string[]) {
  const main = join(__dirname, '..', 'src', 'demo', 'main.ts');
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: compileCacheOf(dir),
      ...{ ATLAS_STATE_DIR: dir, ATLAS_INVOKED_FROM: dir },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]).then((parts) => parts.join(''));
  const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const ended = Promise.all([code, output]).then(([exitCode, said]) => ({ exitCode, said }));
  return { child, ended };
}

async function misbehave(change: object): Promise<void> {
  const answer = await fetch(`${system.env['SINK_URL']}/api/behaviour`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(change),
  });
  expect(answer.status).toBe(200);
}

async function orderFile(name: string, lines: (object | string)[]): Promise<string> {
  const content = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\r\n');
  await writeFile(join(dir, name), `\uFEFF${content}\r\n`);
  return name;
}

test('a file: the good lines reconcile, the bad ones are named, and a second run imports nothing again', async () => {
  const { order_id: _, ...anonymous } = order;
  const file = await orderFile('orders.ndjson', [
    order,
    '',
    { ...order, order_id: 'C538372', lines: [{ sku: '22469', qty: -8, unit_price: '1.65' }] },
    '{"order_id":',
    { ...order, order_id: '538366', customer: null, email: null },
    order,
    anonymous,
    anonymous,
    { ...order, email: 'else@example.com' },
  ]);
  const first = await demo('--file', file).ended;
  expect(first.said).toMatch(/line 3 \(C538372\): lines\[0\]\.qty must be a positive whole number/);
  expect(first.said).toMatch(/line 4: is no JSON/);
  expect(first.said).toMatch(/line 5 \(538366\): customer .*; email /);
  expect(first.said).toMatch(
    /line 9 \(538365\): The external reference "538365" was imported before with other content/,
  );
  expect(figures(first.said)).toEqual({ lines: 8, imported: 3, 'already imported': 1, refused: 4, 'dead letters': 0 });
  expect(first.said).toMatch(/^ {2}feed entries +3 +3 +0 +0$/m);
  expect(first.exitCode).toBe(0);

  const second = await demo('--file', file).ended;
  expect(figures(second.said)).toMatchObject({ imported: 0, 'already imported': 4, refused: 4, 'dead letters': 0 });
  expect(second.said).toMatch(/^ {2}e-mails +3 +3 +0 +0$/m);
  expect(second.exitCode).toBe(0);
}, 60_000);

test('a file in which nothing is good fails, and so does one that is not there', async () => {
  const file = await orderFile('bad.ndjson', ['nonsense', '[]']);
  expect(await demo('--file', file).ended).toMatchObject({
    exitCode: 1,
    said: expect.stringContaining('No order was'),
  });
  const missing = await demo('--file', 'missing.ndjson').ended;
  expect(missing).toMatchObject({ exitCode: 1, said: expect.stringContaining(join(dir, 'missing.ndjson')) });
  expect(missing.said).not.toContain('    at ');
}, 60_000);

test('made-up orders reconcile although the gateway is killed and notification redeployed meanwhile', async () => {
  const run = demo('--orders', '150', '--rate', '30');
  const moreMail = async () => {
    const before = await received();
    await eventually(async () => (await received()) > before + 5, { timeoutMs: 20_000 });
  };
  await moreMail();
  expect(system.kill('gateway')).toBe(true);
  await system.ready('gateway');
  await moreMail();
  await system.restart('notification');
  const { exitCode, said } = await run.ended;
  expect(said).toMatch(/^ {2}e-mails +150 +150 +0 +0$/m);
  expect(said).toMatch(/^ {2}webhooks +150 +150 +0 +0$/m);
  expect(said).toMatch(/✓ Every order has its e-mail/);
  expect(exitCode).toBe(0);
}, 90_000);

test('something missing or doubled is named, and the exit code says so', async () => {
  await misbehave({ hooks: { 'corner-shop': { status: 500 } }, smtp: { dropAfterData: 1 } });
  const { exitCode, said } = await demo('--orders', '3', '--patience', '8').ended;
  expect(said).toMatch(/^ {2}webhooks +3 +0 +3 +0$/m);
  expect(said).toMatch(/^ {2}e-mails +3 +3 +0 +1$/m);
  expect(said.match(/^ {2}no webhooks: order \d, event [0-9a-f-]{36}$/gm)).toHaveLength(3);
  expect(said).toMatch(/2 copies among e-mails: order \d/);
  expect(exitCode).toBe(1);
}, 60_000);

test('Ctrl-C ends it at once, and leaves the system running that it did not start', async () => {
  const { child, ended } = demo('--orders', '100000');
  const before = await received();
  await eventually(async () => (await received()) > before, { timeoutMs: 60_000 });
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ exitCode: 130, said: expect.stringContaining('Interrupted.') });
  await system.ready('gateway');
}, 120_000);

test('the demonstration says what happened to one order, when, and where to look at it', async () => {
  for (let run = 1; run <= 2; run += 1) {
    const lines: string[] = [];
    await runDemonstration({ env: system.env, print: (line) => lines.push(line) });
    const said = lines.join('\n');
    expect(said).toMatch(/order completed +in \d+ ms +[\d.]+ [A-Z]{3}, order [0-9a-f-]{36}/);
    expect(said).toMatch(/feed entry +after \d+ ms +http/);
    expect(said).toMatch(/revenue +after \d+ ms +http/);
    for (const name of ['e-mail', 'webhook']) {
      const url = new RegExp(`${name} +after \\d+ ms +(http\\S+)`).exec(said)?.[1];
      expect((await fetch(url ?? '')).status).toBe(200);
    }
    const [, cookie = '', url = ''] = /curl --cookie '([^']+)' (\S+)/.exec(said) ?? [];
    expect((await fetch(url, { headers: { cookie } })).status).toBe(200);
  }
}, 60_000);

test('of all these orders the monolith and the projections say the same', async () => {
  // Also of those that the demo had begun when it was interrupted.
  await eventually(async () => expect(await messagesIn(system.env)).toBe(0), { timeoutMs: 60_000, everyMs: 250 });
  const { OPERATOR_EMAIL: email = '', OPERATOR_PASSWORD: password = '' } = system.env;
  const ofTenant = (slug: string) => credentialsOf({ name: '', slug }, password);
  const slugs = ['wholesale-import', 'corner-shop', 'tea-house'];
  const people = await Promise.all(slugs.map((slug) => signIn(ofTenant(slug))));
  const queries = ['', 'interval=month', 'from=2010-12-01&to=2010-12-31', 'from=2010-12-12&to=2010-12-12&currency=GBP'];
  await expectEqualReports({ operator: await signIn({ email, password }), people, queries });
  const path = '/reports/revenue?from=2010-12-12&to=2010-12-12';
  // Three orders of the file, each of 13.20 and nothing for the sample.
  expect((await people[0]!.send({ method: 'GET', path })).body.items).toMatchObject([{ gross_cents: 3960, orders: 3 }]);
}, 120_000);

async function signIn(credentials: { email: string; password: string }): Promise<PatientClient> {
  const clients = { clock: Date.now, random: Math.random };
  const client = createPatientClient({ ...clients, baseUrl: system.env['GATEWAY_URL']!, name: 'the gateway' });
  const answer = await client.send({ method: 'POST', path: '/session', body: JSON.stringify(credentials) });
  expectStatus(answer, 'POST /session', 200);
  return client;
}

async function received(): Promise<number> {
  const answer = await fetch(`${system.env['SINK_URL']}/api/mail/summary`);
  return ((await answer.json()) as { received: number }).received;
}

/** The rows of the reconciliation that are one figure, or expected and found of which the second counts. */
function figures(said: string): Record<string, number> {
  const names = ['lines', 'imported', 'already imported', 'refused', 'dead letters'];
  return Object.fromEntries(
    names.map((name) => [name, Number(new RegExp(`^ {2}${name} +(?:0 +)?(\\d+)$`, 'm').exec(said)?.[1])]),
  );
}
