import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDocumentClient, createDynamoClient, ensureTables } from '@atlas/platform';
import { stackVariable, testPrefix } from '@atlas/testing';
import { v7 } from 'uuid';
import type { EventStore, Participant } from '../event-store.ts';
import { walletEvents, type WalletEvent } from '../wallet.fixture.ts';
import { createDynamoEventStore, type DynamoTx } from './dynamo-event-store.ts';
import { eventTable } from './event-table.ts';

export type DynamoWorld = Awaited<ReturnType<typeof createDynamoWorld>>;

interface StoreOptions {
  readonly clock?: () => Date;
  readonly participant?: Participant<WalletEvent, DynamoTx>;
  readonly dynamo?: DynamoDBDocumentClient;
}

/** A table of wallets of its own. */
export async function createDynamoWorld() {
  const dynamo = createDynamoClient({ region: stackVariable('AWS_REGION') });
  const documents = createDocumentClient(dynamo);
  const tableName = `${testPrefix()}-wallet-events`;
  await ensureTables(dynamo, [eventTable(tableName)]);

  function createStore(options: StoreOptions = {}): EventStore<WalletEvent, DynamoTx> {
    const { clock = () => new Date(), participant } = options;
    const table = { dynamo: options.dynamo ?? documents, tableName, kind: 'WALLET', types: walletEvents };
    return createDynamoEventStore({ ...table, source: 'wallet', newId: v7, clock, participant });
  }

  return { dynamo, documents, tableName, createStore, close: () => dynamo.destroy() };
}

type Sent = { input: object };

/** A client of which each `send` passes through `around`; `answer` sends it for real. */
export function interceptSends(
  documents: DynamoDBDocumentClient,
  around: (command: Sent, answer: () => Promise<unknown>) => Promise<unknown>,
): DynamoDBDocumentClient {
  const send = documents.send.bind(documents) as (command: Sent) => Promise<unknown>;
  return new Proxy(documents, {
    get: (target, name) =>
      name === 'send'
        ? (command: Sent) => around(command, () => send(command))
        : (Reflect.get(target, name, target) as unknown),
  });
}

/** Waits up to `maxMs`, so that concurrent callers come in any order. */
export const jitter = (maxMs: number): Promise<void> => delay(Math.random() * maxMs);
