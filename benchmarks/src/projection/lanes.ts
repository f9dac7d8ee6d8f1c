import { type Envelope, eventKeyOf } from '@atlas/event-contracts';
import { journalKey, type Projection, rowsOf, rowTableName, storedEnvelope } from '@atlas/projections';
import { TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Place } from './place.ts';

/** One way to count events; `run` counts all of them, with `atOnce` calls of DynamoDB under way. */
export interface Lane {
  readonly title: string;
  prepare(place: Place): (events: readonly Envelope[]) => Promise<void>;
}

/** Of every lane, so that none of them only waits longer for answers than another. */
const atOnce = 8;
/** What reporting's handlers take at a time while they have a backlog. */
export const batchSize = 360;
/** The transactions of two such batches, four each, are the calls that are under way. */
export const batchesAtOnce = 2;

/** Lets workers take from the items until none is left. */
async function share<T>(items: readonly T[], work: (item: T) => Promise<unknown>, workers = atOnce): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

/** Batches as they come from a queue, through the writer that reporting has. */
export const atlas: Lane = {
  title: `**Atlas**: batches of ${batchSize}, exactly once`,
  prepare(place) {
    const { writer } = place.process();
    return async (events) => {
      const batches = Array.from({ length: Math.ceil(events.length / batchSize) }, (_, index) =>
        events.slice(index * batchSize, (index + 1) * batchSize),
      );
      const apply = async (batch: readonly Envelope[]) => {
        const { failed } = await writer.apply(batch);
        if (failed.length > 0) throw failed[0]!.error;
      };
      await share(batches, apply, batchesAtOnce);
    };
  },
};

/** What is to be written for one event, without shards and without packing: as it is done by hand. */
function updatesOf({ prefix, projections }: Place, event: Envelope) {
  return projections.flatMap((projection: Projection) => {
    if (!projection.events.includes(eventKeyOf(event))) return [];
    const { dimensions, everyone } = projection;
    const rows = rowsOf(projection.project(event as never), event.tenant_id, { dimensions, everyone }, 'naive@1.1');
    return rows.map(({ pk, sk, add }) => {
      const measures = [...add].map(([name, amount]) => [name, Number(amount)] as const);
      return {
        TableName: rowTableName(prefix, projection),
        Key: { pk, sk },
        UpdateExpression: `ADD ${measures.map(([name]) => `${name} :${name}`).join(', ')}`,
        ExpressionAttributeValues: Object.fromEntries(measures.map(([name, amount]) => [`:${name}`, amount])),
      };
    });
  });
}

/** One transaction per event: its mark, with the event, and its increments. Beyond 100 actions the rest goes without a mark. */
export const naive: Lane = {
  title: 'naive: one transaction per event, exactly once',
  prepare: (place) => (events) =>
    share(events, async (event) => {
      const Item = { ...journalKey(event), event_key: eventKeyOf(event), envelope: storedEnvelope(event) };
      const mark = { Put: { TableName: place.journal, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
      const updates = updatesOf(place, event).map((Update) => ({ Update }));
      for (let from = 0; from === 0 || from < updates.length; from += 99) {
        const part = updates.slice(from, from + 99);
        await place.dynamo.send(new TransactWriteCommand({ TransactItems: from === 0 ? [mark, ...part] : part }));
      }
    }),
};

/** What articles show: an `ADD` for the tenant's row, twice when the event comes twice, and nothing kept to rebuild from. */
export const unsafe: Lane = {
  title: 'unsafe: one bare UpdateItem ADD per event',
  prepare: (place) => (events) =>
    share(events, async (event) => {
      for (const update of updatesOf(place, event)) {
        if (update.Key.pk.startsWith('TENANT#')) await place.dynamo.send(new UpdateCommand(update));
      }
    }),
};
