import { type EventOf, orderCompleted, parseEnvelope } from '@atlas/event-contracts';
import { createDocumentClient, createDynamoClient, ensureTables, type Probe } from '@atlas/platform';
import { captureLogs, stackVariable, testPrefix } from '@atlas/testing';
import { randomUUID } from 'node:crypto';
import type { Build } from '../control/control.domain.ts';
import { defineProjection, type Projection } from '../projection.domain.ts';
import { createProjections } from '../projections.ts';
import { projectionTables } from '../tables.ts';
import { createProjectionOperations } from './operations.ts';
import type { WalkTiming } from './walk-timing.ts';

export type OrderCompleted = EventOf<'order.completed.v1'>;

/** Revenue by day and currency; a later version counts what it finds by `gross` and may add a measure. */
export function sales(version: number, gross: (cents: number) => number = (cents) => cents): Projection {
  return defineProjection({
    ...{ name: 'sales', table: 'sales', version, dimensions: ['date', 'currency'], shards: 3, everyone: true },
    events: ['order.completed.v1'],
    project: ({ payload }) => [
      {
        row: [payload.completed_at.slice(0, 10), payload.currency],
        add: { gross_cents: gross(payload.total_cents ?? 0), orders: 1 },
      },
    ],
  });
}

/** An order with an id of its own. */
export function order(cents: number, about: { tenantId?: string; day?: string; id?: string } = {}): OrderCompleted {
  const { tenantId = 'tenant-1', day = '2026-11-22', id = randomUUID() } = about;
  const payload = {
    ...orderCompleted.versions['1.1'].example,
    ...{ completed_at: `${day}T10:00:00.000Z`, total_cents: cents, currency: 'EUR' },
  };
  const ids = { tenant_id: tenantId, subject: id, sequence: 1, correlation_id: id, causation_id: id };
  const head = { id, event: 'order.completed', version: '1.1', timestamp: `${day}T10:00:01.000Z`, source: 'gateway' };
  return parseEnvelope(JSON.stringify({ ...head, ...ids, payload })).envelope as OrderCompleted;
}

/** Fast enough for a test; `unawareMs` stays above `controlFreshMs` where a test has processes that do not know. */
export const quick: WalkTiming = { unawareMs: 20, saveMs: 5, abandonedMs: 150, outageMs: 10_000 };

/** Tables of its own, and processes over them that may have different code. */
export async function openRebuildWorld() {
  const client = createDynamoClient({ region: stackVariable('AWS_REGION') });
  const dynamo = createDocumentClient(client);
  const logs = captureLogs();

  return {
    dynamo,
    logs,
    /** A prefix with nothing under it but tables. */
    async newPlace(projections: readonly Projection[] = [sales(1)]): Promise<string> {
      const prefix = testPrefix();
      await ensureTables(client, projectionTables(prefix, projections));
      return prefix;
    },
    /** One process: what it knows of the builds is its own. */
    process(
      prefix: string,
      projections: readonly Projection[],
      options: { timing?: Partial<WalkTiming>; probe?: Probe; now?: () => number } = {},
    ) {
      const { timing, probe, now } = options;
      const clock = () => new Date();
      const shared = { dynamo, prefix, clock, logger: logs.logger, ...(probe && { probe }), ...(now && { now }) };
      const made = createProjections({ ...shared, projections, random: Math.random });
      const operations = createProjectionOperations({
        ...{ ...shared, projections: made, newId: randomUUID, pageEvents: 7, timing: { ...quick, ...timing } },
      });
      return { ...made, ...operations };
    },
    close: () => client.destroy(),
  };
}

export type RebuildWorld = Awaited<ReturnType<typeof openRebuildWorld>>;
export type Process = ReturnType<RebuildWorld['process']>;

/** What a reader sees of a build: `<day> <currency>` to its sums, for one tenant or for all together. */
export async function seen({ reader }: Process, build: Build, tenant: string | undefined = 'tenant-1') {
  const rows: Record<string, Record<string, bigint>> = {};
  const days = { from: '2020-01-01', to: '2030-12-31' };
  for await (const { row, measures } of reader.rows({ projection: 'sales', build, tenant, ...days })) {
    rows[row.join(' ')] = { ...measures };
  }
  return rows;
}

/** What a reader sees of the live build. */
export async function seenLive(process: Process, tenant?: string) {
  return seen(process, (await process.reader.snapshot('sales')).live, tenant);
}
