import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { OutboxRelay } from '../outbox/outbox-relay.ts';
import type { ClaimedRow } from '../outbox/outbox-rows.ts';
import { createRelay, type RelaySettings } from '../outbox/relay.ts';
import { createDynamoRows } from './dynamo-rows.ts';

export interface DynamoOutboxRelay extends OutboxRelay {
  /** Publishes rows that this process has just committed. What it has no room for is left to a sweep. */
  offer(rows: readonly ClaimedRow[]): void;
}

export interface DynamoOutboxRelayOptions extends RelaySettings {
  readonly dynamo: DynamoDBDocumentClient;
  /** A table as `dynamoOutboxTable` describes it. */
  readonly tableName: string;
  readonly newId: () => string;
  readonly random?: (() => number) | undefined;
}

/**
 * Publishes an outbox in DynamoDB: what this process commits it is offered, and sends at once; a sweep over a sparse index
 * finds what other processes left behind. Any number of relays share one outbox: a row belongs to who changed its lease on
 * condition that it had run out. A row is published again only when its relay died, or lost DynamoDB for longer than the
 * lease, between SNS's answer and the mark; or when clocks differ by more than the lease.
 */
export function createDynamoOutboxRelay(options: DynamoOutboxRelayOptions): DynamoOutboxRelay {
  const { dynamo, tableName, newId, random = Math.random, ...settings } = options;
  return createRelay({
    // A claim is one call per row here, so large batches would only make it slow to begin.
    batchSize: 100,
    ...settings,
    log: createDynamoRows({ dynamo, tableName, clock: settings.clock, newId, random }),
    databaseName: 'DynamoDB',
    setupHint: 'Create its table first.',
  });
}
