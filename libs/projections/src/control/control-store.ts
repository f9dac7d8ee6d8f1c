import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { readItem } from '@atlas/platform';
import { z } from 'zod';
import { ContendedControlError, NewRefusalsError, ProjectionRefusedError } from '../errors.ts';
import { type Build, type Control, type Decision, parseBuild } from './control.domain.ts';
import { refusedNoMore } from './refusals.ts';

const key = { pk: 'CONTROL', sk: 'CONTROL' };
/** Control changes when a service starts and when a person types a command: to lose thirty races in a row is a defect. */
const MAX_ATTEMPTS = 30;

const build = z.string().refine((text) => parseBuild(text) !== undefined, 'not the name of a build');

const controlItem = z.object({
  version: z.int().min(1),
  projections: z.record(
    z.string(),
    z.object({
      live: build.optional(),
      building: build.optional(),
      registration: z.int().min(1).optional(),
      previous: build.optional(),
      isPreviousMixed: z.literal(true).optional(),
      discarded: z.array(build),
      highest: z.record(z.string(), z.int().min(1)),
      retired: z.literal(true).optional(),
    }),
  ),
});

/** How many refusals of a build somebody knows about: see `Refusals`. */
export interface RefusalsKnown {
  readonly build: Build;
  readonly refusals: number;
}

/** The one item that says which builds there are. */
export interface ControlStore {
  /** As it is now (strongly consistent); undefined while nobody has ever consumed. */
  read(): Promise<Control | undefined>;
  /**
   * Replaces the control by what `decide` makes of it, and answers what is stored then. `decide` is asked again when somebody
   * else was faster. With `condition`, nothing is changed once the build has refused events beyond those. Throws ProjectionRefusedError with
   * the reason that `decide` gives, NewRefusalsError, ContendedControlError.
   */
  change(decide: (control: Control | undefined) => Decision, condition?: RefusalsKnown): Promise<Control>;
}

/** The control item in the table `tableName`. */
export function createControlStore(options: { dynamo: DynamoDBDocumentClient; tableName: string }): ControlStore {
  const { dynamo, tableName: TableName } = options;

  const read = async (): Promise<Control | undefined> => {
    const { Item } = await dynamo.send(new GetCommand({ TableName, Key: key, ConsistentRead: true }));
    return Item && readItem(controlItem, Item, 'control of the projections');
  };
  const replace = async (before: Control | undefined, after: Control, known?: RefusalsKnown): Promise<boolean> => {
    const unchanged = before
      ? { ConditionExpression: 'version = :before', ExpressionAttributeValues: { ':before': before.version } }
      : { ConditionExpression: 'attribute_not_exists(pk)' };
    const put = { Put: { TableName, Item: { ...key, ...after }, ...unchanged } };
    const check = known ? [refusedNoMore(TableName, known.build, known.refusals)] : [];
    try {
      await dynamo.send(new TransactWriteCommand({ TransactItems: [put, ...check] }));
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const [ofPut, ofCheck] = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      if (known && ofCheck === 'ConditionalCheckFailed') throw new NewRefusalsError(known.build, { cause: error });
      if (ofPut === 'ConditionalCheckFailed') return false;
      if (ofPut === 'TransactionConflict' || ofCheck === 'TransactionConflict') return false;
      throw error;
    }
  };
  return {
    read,
    async change(decide, condition) {
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
        const before = await read();
        const decision = decide(before);
        if (decision === 'unchanged') {
          if (before) return before;
          throw new ProjectionRefusedError(
            'Nobody has ever consumed: there are no projections yet. Start the service.',
          );
        }
        if ('refusal' in decision) throw new ProjectionRefusedError(decision.refusal);
        const after = { ...decision.control, version: (before?.version ?? 0) + 1 };
        if (await replace(before, after, condition)) return after;
      }
      throw new ContendedControlError();
    },
  };
}
