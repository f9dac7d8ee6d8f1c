import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provisionTopology } from '@atlas/messaging';
import { createDynamoClient, createSnsClient, createSqsClient, ensureTables } from '@atlas/platform';
import { reportingTables } from '@atlas/reporting/tables';
import { eventually } from '@atlas/testing';
import type { PatientClient } from '../src/demo/patient-client.ts';
import { startSystem, type System, workspaceRoot } from '../src/index.ts';
import { type Imports, openImports } from './order-imports.ts';
import { readRevenueBooks } from './revenue-books.ts';
import { deadLetters } from './shop.ts';

const past = 300;
const patient = { timeoutMs: 90_000, everyMs: 200 };

/** A system that has run for a while gets a reporting service; later one of its projections is built anew while orders come in. */
describe('reporting that comes later', () => {
  let system: System;
  let imports: Imports;
  let reporting: ChildProcess | undefined;

  beforeAll(async () => {
    system = await startSystem({
      ...{ dir: mkdtempSync(join(tmpdir(), 'atlas-history-')), mode: 'test', temporary: true },
      ...{ apps: ['gateway'], env: { QUEUE_WAIT_SECONDS: '1' } },
    });
    imports = await openImports(system.env, { tenants: 2 });
    await imports.send(past, { inFlight: 16 });
  }, 120_000);
  afterAll(async () => {
    reporting?.kill('SIGKILL');
    await system.stop();
  }, 60_000);

  const books = () => readRevenueBooks(system.env, imports);
  const countedExactly = (orders: number) =>
    eventually(async () => {
      const { fromOrders, fromReports, counted } = await books();
      expect(fromReports).toEqual(fromOrders);
      expect(counted).toBe(orders);
    }, patient);

  test('gets its history by npx atlas replay, once however often that is typed', async () => {
    reporting = await addReporting(system.env);
    expect(await ordersReported(imports)).toBe(0);
    const replay = () =>
      atlas(system.env, [
        ...['replay', '--event', 'order.completed', '--since', '90d'],
        ...['--to', `${system.env['ATLAS_PREFIX']}-reporting-order-events`],
      ]);
    expect(await replay()).toMatchObject({ code: 0, out: expect.stringContaining(`${past} of ${past} events sent`) });
    await countedExactly(past);
    // Again, and orders of the present with it: what comes twice is counted once.
    const [again] = await Promise.all([replay(), imports.send(20, { inFlight: 4 })]);
    expect(again.code).toBe(0);
    await countedExactly(past + 20);
    // Those of the second time that are still on their way find their marks.
    expect(await deadLetters(system.env)).toBe(0);
  }, 300_000);

  test('a rebuild amid orders, killed twice: readers never see less than before, and the end is what PostgreSQL says', async () => {
    const start = past + 20;
    let [taken, isRebuilt] = [0, false];
    // Orders come in and reports are read until the last rebuild has ended, however long it takes.
    const orders = (async () => {
      while (!isRebuilt) await imports.send(8, { inFlight: 4, onTaken: () => (taken += 1) });
    })();
    const reports = [
      () => ordersReported(imports),
      ...imports.tenants.map(
        ({ client }) =>
          () =>
            ordersOf(client, ''),
      ),
    ];
    const readers = reports.map(async (read) => {
      const readings: number[] = [];
      while (!isRebuilt) readings.push(await read());
      return readings;
    });
    const rebuild = (step?: string) =>
      atlas({ ...system.env, ...(step && { ATLAS_CRASH_AT: step }) }, ['projections', 'rebuild', 'revenue-daily']);
    try {
      expect(await rebuild('rebuild.page-applied#3')).toMatchObject({ code: null });
      // The new build is registered, and its journal is being walked by nobody: what comes now is counted in both builds.
      const [takenBefore, countedBefore] = [taken, await ordersReported(imports)];
      await eventually(async () => (await ordersReported(imports)) > countedBefore + 8, patient);
      expect(await rebuild('rebuild.before-switch')).toMatchObject({ code: null });
      expect(taken).toBeGreaterThan(takenBefore);
      const { code, out } = await rebuild();
      expect([code, out]).toEqual([0, expect.stringContaining('Readers of revenue-daily get revenue-daily@1.2 now.')]);
      // One more round, which begins after the switch, on the new build.
      const countedThen = await ordersReported(imports);
      await eventually(async () => (await ordersReported(imports)) > countedThen, patient);
    } finally {
      isRebuilt = true;
    }
    await orders;
    for (const readings of await Promise.all(readers)) {
      expect(readings.length).toBeGreaterThan(3);
      expect(readings).toEqual(readings.toSorted((one, other) => one - other));
    }
    await countedExactly(start + taken);
    expect(await atlas(system.env, ['projections', 'verify'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(new RegExp(`right {2}revenue-daily@1\\.2: ${start + taken} events`)),
    });
  }, 400_000);
});

/** What deploying the service does: its queues and tables, then a process of it. */
async function addReporting(env: Record<string, string>): Promise<ChildProcess> {
  const region = env['AWS_REGION']!;
  const [prefix, accountId] = [env['ATLAS_PREFIX']!, env['ATLAS_AWS_ACCOUNT_ID']!];
  Object.assign(process.env, Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('AWS_'))));
  const [sns, sqs, dynamo] = [createSnsClient({ region }), createSqsClient({ region }), createDynamoClient({ region })];
  await Promise.all([
    provisionTopology({ sns, sqs, prefix, region, accountId, services: ['gateway', 'reporting'] }),
    ensureTables(dynamo, reportingTables(prefix)),
  ]);
  for (const client of [sns, sqs, dynamo]) client.destroy();
  const main = join(workspaceRoot, 'apps/reporting/src/main.ts');
  const child = spawn(process.execPath, [main], { env: { ...process.env, ...env }, stdio: 'ignore' });
  await eventually(async () => (await fetch(`${env['REPORTING_URL']}/health/ready`)).ok, patient);
  return child;
}

/** Orders of all tenants in `revenue-daily`, as the operator sees them. */
const ordersReported = ({ operator }: Imports): Promise<number> => ordersOf(operator, '/operator');

async function ordersOf(client: PatientClient, base: '' | '/operator'): Promise<number> {
  const path = `${base}/reports/revenue?from=2023-01-01&to=2027-12-31`;
  const { status, body } = await client.send({ method: 'GET', path });
  expect(status).toBe(200);
  return (body as { items: { orders: number }[] }).items.reduce((sum, { orders }) => sum + orders, 0);
}

/** The command line as a process of its own, as a person runs it. */
async function atlas(env: Record<string, string>, args: string[]) {
  const bin = join(workspaceRoot, 'tools/atlas/bin/atlas.mjs');
  const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, ...env } });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (text.out += String(chunk)));
  child.stderr.on('data', (chunk) => (text.err += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...text };
}
