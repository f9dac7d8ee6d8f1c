import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { eventually } from '@atlas/testing';
import fc from 'fast-check';
import { startSystem, type System } from '../src/index.ts';
import { committedTable } from './committed-table.ts';
import { expectEqualReports } from './compared-reports.ts';
import { type Imports, openImports } from './order-imports.ts';
import {
  nameOf,
  renderReportingMatrix,
  reportingCrashCases,
  reportingEnd,
  type ReportingOutcome,
} from './reporting-crash-matrix.ts';
import { readRevenueBooks, type RevenueBooks } from './revenue-books.ts';
import { deadLetters, messagesIn } from './shop.ts';

const orders = 5_000;
const kills = 10;
const replicas = ['reporting-1', 'reporting-2'];
/** What the monolith is asked as well. */
const queries = [
  'from=2024-01-01&to=2024-12-31',
  'from=2023-12-31&to=2025-01-01&interval=week',
  'from=2023-12-01&to=2025-01-31&interval=month',
  'from=2024-02-29&to=2024-02-29&currency=JPY',
  'from=2024-03-31&to=2024-06-15&interval=month&currency=EUR',
  'from=2022-01-01&to=2022-12-31',
];
const patient = { timeoutMs: 120_000, everyMs: 250 };

/** Reporting beside the gateway alone: what the others do with an order is not looked at here. */
describe('reporting on the real system', () => {
  let system: System;
  let imports: Imports;
  const crashes: string[] = [];

  beforeAll(async () => {
    system = await startSystem({
      ...{ dir: mkdtempSync(join(tmpdir(), 'atlas-reporting-')), mode: 'test', temporary: true },
      apps: ['gateway', 'reporting'],
      replicas: { reporting: replicas.length },
      // Of hundreds of messages in hand, on a machine that has other work: with 3 s they would be handed out again and again before they are finished.
      visibilityTimeoutSeconds: 10,
      env: { QUEUE_WAIT_SECONDS: '1' },
      onCrash: ({ name }) => void crashes.push(name),
    });
    imports = await openImports(system.env, { tenants: 4 });
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  /** Everything is counted, in the orders' own way; nothing is on the way any more that could be counted again. */
  async function booksAtRest(): Promise<RevenueBooks> {
    await eventually(async () => {
      const { fromOrders, fromReports } = await readRevenueBooks(system.env, imports);
      expect(fromReports).toEqual(fromOrders);
    }, patient);
    // A message that was received often, as by processes that are killed, waits for minutes before it is handed out again.
    await eventually(async () => expect(await messagesIn(system.env)).toBe(0), { ...patient, timeoutMs: 420_000 });
    const books = await readRevenueBooks(system.env, imports);
    expect(books.fromReports).toEqual(books.fromOrders);
    return books;
  }

  test(`${orders} orders at full speed, ${kills} times SIGKILL: equal to PostgreSQL to the cent, per tenant, day and currency`, async () => {
    // One moment within each part of the orders, not at its very end, so that every death meets work.
    const part = orders / kills;
    const moment = fc.integer({ min: 0, max: Math.floor(part * 0.9) });
    const [moments] = fc.sample(fc.tuple(...Array.from({ length: kills }, () => moment)), 1);
    const due = moments!.map((within, index) => index * part + within);
    const killed: Promise<void>[] = [];
    const kill = async (name: string): Promise<void> => {
      // A process that is down cannot be killed: it dies as soon as it answers again.
      await system.ready(name, 60_000);
      expect(system.kill(name)).toBe(true);
    };
    await imports.send(orders, {
      inFlight: 24,
      onTaken: (taken) => {
        if (taken > (due[killed.length] ?? Infinity)) killed.push(kill(replicas[killed.length % replicas.length]!));
      },
    });
    await Promise.all(killed);
    expect(killed).toHaveLength(kills);
    const { counted, fromOrders } = await booksAtRest();
    console.info(
      `${counted} orders on ${fromOrders['everybody']!.length} lines of the books, ${crashes.length} deaths`,
    );
    expect(counted).toBe(orders);
    expect(crashes).toHaveLength(kills);
    expect(await deadLetters(system.env)).toBe(0);
  }, 900_000);

  describe('killed at a step', () => {
    const [victim, other] = replicas as [string, string];
    const seen = new Map<string, ReportingOutcome>();

    // With one consumer, whoever is armed gets the message.
    beforeAll(() => system.stopApp(other), 30_000);
    afterAll(() => system.startApp(other), 30_000);

    test.each(reportingCrashCases.map((crashCase) => [nameOf(crashCase), crashCase] as const))(
      '%s',
      async (name, { step, order }) => {
        const { counted } = await booksAtRest();
        crashes.length = 0;
        await system.restart(victim, { env: { ATLAS_CRASH_AT: step, QUEUE_VISIBILITY_SECONDS: '3' } });
        const eventId = await (order === 'large' ? imports.sendLarge() : imports.sendSmall());
        await eventually(() => expect(crashes).toEqual([victim]), { timeoutMs: 60_000 });
        await system.ready(victim);
        const books = await booksAtRest();
        const outcome = {
          journal: await journalItems(eventId),
          counted: books.counted - counted,
          deadLetters: await deadLetters(system.env),
        };
        expect(outcome).toEqual(reportingEnd);
        seen.set(name, outcome);
      },
      300_000,
    );

    test('is what docs/guarantees.md says', () => {
      const { committed, seen: now } = committedTable('reporting-crash-matrix', renderReportingMatrix(seen));
      expect(committed).toBe(now);
    });
  });

  test('the monolith and the service say the same of the same orders, whatever is asked', async () => {
    await booksAtRest();
    const people = imports.tenants.map(({ client }) => client);
    await expectEqualReports({ operator: imports.operator, people, queries });
  }, 90_000);

  /** How often an event is in the journal, whoever's it is. */
  async function journalItems(eventId: string): Promise<number> {
    const client = new DynamoDBClient({
      region: system.env['AWS_REGION']!,
      endpoint: system.env['AWS_ENDPOINT_URL_DYNAMODB']!,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const dynamo = DynamoDBDocumentClient.from(client);
    try {
      let found = 0;
      for (let start: Record<string, unknown> | undefined, first = true; first || start; first = false) {
        const page: ScanCommandOutput = await dynamo.send(
          new ScanCommand({
            TableName: `${system.env['ATLAS_PREFIX']}-reporting-journal`,
            FilterExpression: 'sk = :sk',
            ExpressionAttributeValues: { ':sk': `EVENT#${eventId}` },
            Select: 'COUNT',
            ...(start && { ExclusiveStartKey: start }),
          }),
        );
        found += page.Count ?? 0;
        start = page.LastEvaluatedKey;
      }
      return found;
    } finally {
      client.destroy();
    }
  }
});
