import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { JournalKey } from '../journal-entry.ts';
import { shardPartition } from '../rows/row-key.ts';
import type { Pack, PackedRow } from './pack.ts';
import type { EventWork } from './work.ts';

type Values = Record<string, AttributeValue>;

export interface TransactionPlace {
  readonly journal: string;
  /** Chooses the shard of every row: any integer from 0. */
  readonly turn: number;
}

/**
 * The actions of one transaction: first an action per event, in the order of `pack.events`, that is refused when one of its marks is there;
 * then an increment per row. Written in DynamoDB's own form, which spares most of what the document client costs.
 */
export function actionsOf(pack: Pack, place: TransactionPlace): TransactWriteItem[] {
  const events = pack.events.map((event) => eventAction(event, place));
  const rows = [...pack.rows.values()].map((row) => rowAction(row, place.turn % row.shards));
  return [...events, ...rows];
}

function eventAction(work: EventWork, { journal: TableName }: TransactionPlace): TransactWriteItem {
  const marks = work.pieces.map(({ mark }) => mark);
  if (work.inJournal === 'new') {
    const Item = {
      ...keyOf(work.key),
      ...factsOf(work),
      ...(marks.length > 0 && { marks: { SS: marks } }),
    };
    const ConditionExpression = 'attribute_not_exists(pk)';
    return { Put: { TableName, Item, ConditionExpression, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } };
  }
  const none = marks.map((_, index) => `NOT contains(marks, :m${index})`);
  const values: Values = Object.fromEntries(marks.map((mark, index) => [`:m${index}`, { S: mark }]));
  const facts = work.inJournal === 'maybe' ? Object.entries(factsOf(work)) : [];
  const sets = facts.map((_, index) => `#f${index} = if_not_exists(#f${index}, :f${index})`);
  for (const [index, [, value]] of facts.entries()) values[`:f${index}`] = value;
  return {
    Update: {
      TableName,
      Key: keyOf(work.key),
      UpdateExpression: `${sets.length > 0 ? `SET ${sets.join(', ')} ` : ''}ADD marks :marks`,
      // Not `attribute_not_exists(marks) OR`: a set that is not there contains nothing.
      ConditionExpression: [...(facts.length === 0 ? ['attribute_exists(pk)'] : []), ...none].join(' AND '),
      ...(facts.length > 0 && {
        ExpressionAttributeNames: Object.fromEntries(facts.map(([name], index) => [`#f${index}`, name])),
      }),
      ExpressionAttributeValues: { ...values, ':marks': { SS: marks } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/** What the journal keeps of an event for ever. */
function factsOf({ eventKey, stored }: EventWork): Values {
  return { event_key: { S: eventKey }, envelope: { B: stored } };
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
