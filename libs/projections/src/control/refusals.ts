import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { DependencyUnavailableError, readItem } from '@atlas/platform';
import { z } from 'zod';
import type { Build } from './control.domain.ts';

/** An event that a build which nobody reads could not count. */
export interface Refusal {
  readonly id: string;
  readonly error: unknown;
}

/**
 * How often builds that are being built have refused an event which was acknowledged all the same. The number only grows: a walk remembers what it was
 * before a pass, and the build is given to readers only while it is that number still. What was refused before is in the journal, where the pass meets it.
 */
export interface Refusals {
  /** To be called when the events are in the journal, and before it is looked whether readers have the build by now. */
  note(build: Build, refused: readonly Refusal[]): Promise<void>;
  /** Strongly consistent. */
  count(build: Build): Promise<number>;
  remove(build: Build): Promise<void>;
}

const refusalsItem = z.object({ refusals: z.int().min(1) });
const keyOf = (build: Build) => ({ pk: 'REFUSED', sk: build });

/** Refusals in the control table of the projections. */
export function createRefusals(options: { dynamo: DynamoDBDocumentClient; tableName: string }): Refusals {
  const { dynamo, tableName: TableName } = options;
  return {
    async note(build, refused) {
      const { id, error } = refused[0]!;
      const update = new UpdateCommand({
        TableName,
        Key: keyOf(build),
        UpdateExpression: 'SET event_id = :id, reason = :reason ADD refusals :count',
        ExpressionAttributeValues: { ':id': id, ':reason': String(error).slice(0, 1_000), ':count': refused.length },
      });
      await dynamo.send(update).catch((cause: unknown) => {
        // The build is being switched to at this moment: whoever comes again sees how that ended.
        if (cause instanceof TransactionConflictException) throw new DependencyUnavailableError('dynamodb', { cause });
        throw cause;
      });
    },
    async count(build) {
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key: keyOf(build), ConsistentRead: true }));
      return Item ? readItem(refusalsItem, Item, 'refusals of a build').refusals : 0;
    },
    async remove(build) {
      await dynamo.send(new DeleteCommand({ TableName, Key: keyOf(build) }));
    },
  };
}

/** The part of a transaction that holds while a build has refused no event beyond these. */
export function refusedNoMore(TableName: string, build: Build, refusals: number) {
  const known = {
    ConditionExpression: 'refusals = :refusals',
    ExpressionAttributeValues: { ':refusals': refusals },
  };
  const none = { ConditionExpression: 'attribute_not_exists(pk)' };
  return { ConditionCheck: { TableName, Key: keyOf(build), ...(refusals === 0 ? none : known) } };
}
