import { setTimeout as delay } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type KeysAndAttributes,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DependencyUnavailableError } from '@atlas/platform';
import { pauseAfter } from '../backoff.ts';
import type { Build } from '../control/control.domain.ts';
import { markKey, type MarkedEvent } from './mark-key.ts';

/** BatchGetItem takes 100 keys (a quota of DynamoDB). */
const KEYS_PER_READ = 100;
/** What DynamoDB leaves out of an answer is asked for again: together some ten seconds. */
const MAX_ATTEMPTS = 12;
const backoff = { firstMs: 10, longestMs: 2_000 };

type Key = Record<string, AttributeValue>;

/** An event and the marks that it may have. */
export interface Asked {
  readonly event: MarkedEvent;
  readonly marks: readonly string[];
}

/** Marks that events were given after they had been put into the journal. They are written with what they say was counted, and only read here. */
export interface Marks {
  /** By position in `asked`, which of its marks there are: strongly consistent, each by itself. */
  found(asked: readonly Asked[]): Promise<ReadonlySet<string>[]>;
  /**
   * The keys of all marks of a build, page by page. The whole table is read for them, which costs a hundredth of what it costs to delete
   * them: a million of them take some 12,500 units to read and a million to delete.
   */
  ofBuild(build: Build): AsyncGenerator<Key[]>;
}

/** Marks in the table `tableName`. */
export function createMarks(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  /** Waits so many milliseconds; a test has a time of its own. */
  readonly pause?: (ms: number) => Promise<unknown>;
}): Marks {
  const { dynamo, tableName: TableName, pause = delay } = options;

  async function read(keys: readonly Key[]): Promise<Key[]> {
    const items: Key[] = [];
    let left: Record<string, KeysAndAttributes> = { [TableName]: { Keys: [...keys], ConsistentRead: true } };
    for (let attempt = 1; ; attempt += 1) {
      const { Responses, UnprocessedKeys = {} } = await dynamo.send(new BatchGetItemCommand({ RequestItems: left }));
      items.push(...(Responses?.[TableName] ?? []));
      if (Object.keys(UnprocessedKeys).length === 0) return items;
      if (attempt === MAX_ATTEMPTS) throw new DependencyUnavailableError('dynamodb');
      await pause(pauseAfter(attempt, backoff));
      left = UnprocessedKeys;
    }
  }

  return {
    async found(asked) {
      const keys = asked.flatMap(({ event, marks }) => marks.map((mark) => markKey(event, mark)));
      const there = new Set<string>();
      for (let at = 0; at < keys.length; at += KEYS_PER_READ) {
        const wanted = keys.slice(at, at + KEYS_PER_READ).map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } }));
        for (const { pk, sk } of await read(wanted)) there.add(`${pk!.S}\n${sk!.S}`);
      }
      return asked.map(({ event, marks }) => {
        const isThere = (mark: string) => {
          const { pk, sk } = markKey(event, mark);
          return there.has(`${pk}\n${sk}`);
        };
        return new Set(marks.filter(isThere));
      });
    },

    async *ofBuild(build) {
      let ExclusiveStartKey: Key | undefined;
      do {
        const scan = new ScanCommand({
          TableName,
          ConsistentRead: true,
          FilterExpression: 'sk = :build OR begins_with(sk, :pieces)',
          ExpressionAttributeValues: { ':build': { S: build }, ':pieces': { S: `${build}#` } },
          ExclusiveStartKey,
        });
        const { Items = [], LastEvaluatedKey } = await dynamo.send(scan);
        yield Items;
        ExclusiveStartKey = LastEvaluatedKey;
      } while (ExclusiveStartKey);
    },
  };
}
