import { createProjections, type Projection, projectionTables, projectionTableNames } from '@atlas/projections';
import { createDocumentClient, createDynamoClient, createLogger, ensureTables } from '@atlas/platform';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Tables of their own for some projections, and what works on them. */
export interface Place {
  readonly dynamo: DynamoDBDocumentClient;
  readonly prefix: string;
  readonly journal: string;
  readonly projections: readonly Projection[];
  /** Another process, as far as the projections know. */
  process(): ReturnType<typeof createProjections>;
  close(): void;
}

/** Opens a place in the DynamoDB of the environment. */
export async function openPlace(name: string, projections: readonly Projection[]): Promise<Place> {
  const client = createDynamoClient({ region: process.env['AWS_REGION']! });
  const dynamo = createDocumentClient(client);
  const prefix = `bench-${name}-${Date.now()}`;
  await ensureTables(client, projectionTables(prefix, projections));
  const logger = createLogger({ service: 'benchmark', level: 'warn' });
  return {
    ...{ dynamo, prefix, projections, journal: projectionTableNames(prefix).journal },
    process: () =>
      createProjections({ dynamo, prefix, projections, logger, clock: () => new Date(), random: Math.random }),
    close: () => client.destroy(),
  };
}
