import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { JournalKey } from '../journal-entry.ts';
import { markKey } from '../marks/mark-key.ts';
import { shardPartition } from '../rows/row-key.ts';
import type { Pack, PackedRow } from './pack.ts';
import type { EventWork } from './work.ts';

type Values = Record<string, AttributeValue>;

export interface TransactionPlace {
  /** The tables. */
  readonly journal: string;
  readonly marks: string;
  /** Chooses the shard of every row: any integer from 0. */
  readonly turn: number;
}

const isNew = 'attribute_not_exists(pk)';

/**
 * The actions of one transaction: first those of the events, in the order of `pack.events`, as many for each as `actionsFor` says, each refused when what it puts is
 * there; then an increment per row. Written in DynamoDB's own form, which spares most of what the document client costs.
 */
export function actionsOf(pack: Pack, place: TransactionPlace): TransactWriteItem[] {
  const events = pack.events.flatMap((event) =>
    event.inJournal === 'new' ? [journalAction(event, place)] : markActions(event, place),
  );
  const rows = [...pack.rows.values()].map((row) => rowAction(row, place.turn % row.shards));
  return [...events, ...rows];
}

/** Whoever is refused has to know which marks the event was put there with: they are in its item for ever. */
function journalAction(work: EventWork, { journal: TableName }: TransactionPlace): TransactWriteItem {
  const marks = work.pieces.map(({ mark }) => mark);
  const Item = {
    ...keyOf(work.key),
    event_key: { S: work.eventKey },
    envelope: { B: work.stored },
    ...(marks.length > 0 && { marks: { SS: marks } }),
  };
  return { Put: { TableName, Item, ConditionExpression: isNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } };
}

function markActions({ envelope, pieces }: EventWork, { marks: TableName }: TransactionPlace): TransactWriteItem[] {
  return pieces.map(({ mark }) => ({
    Put: { TableName, Item: keyOf(markKey(envelope, mark)), ConditionExpression: isNew },
  }));
}

function rowAction({ tableName, pk, sk, add }: PackedRow, shard: number): TransactWriteItem {
  const attributes = [...add];
  return {
    Update: {
      TableName: tableName,
      Key: keyOf({ pk: shardPartition(pk, shard), sk }),
      UpdateExpression: `ADD ${attributes.map((_, index) => `#a${index} :v${index}`).join(',')}`,
      ExpressionAttributeNames: Object.fromEntries(attributes.map(([name], index) => [`#a${index}`, name])),
      ExpressionAttributeValues: Object.fromEntries(
        attributes.map(([, amount], index) => [`:v${index}`, { N: String(amount) }]),
      ),
    },
  };
}

const keyOf = ({ pk, sk }: JournalKey): Values => ({ pk: { S: pk }, sk: { S: sk } });
