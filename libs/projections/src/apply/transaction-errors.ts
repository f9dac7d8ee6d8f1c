import {
  type CancellationReason,
  DynamoDBServiceException as ServiceException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { DependencyUnavailableError, isDenied, isUnreachable, SetupError } from '@atlas/platform';

/** Why each action was refused, when sending again can help; undefined when it cannot. */
export function refusalOf(error: unknown): readonly CancellationReason[] | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = error.CancellationReasons ?? [];
  const again = [
    'None',
    'ConditionalCheckFailed',
    'TransactionConflict',
    'ThrottlingError',
    'ProvisionedThroughputExceeded',
  ];
  return reasons.length > 0 && reasons.every(({ Code = 'None' }) => again.includes(Code)) ? reasons : undefined;
}

/** Whether the store has refused what it was asked to write, and would take something else. */
export function isAboutContent(error: unknown): boolean {
  const name = (error as Error).name;
  return name === 'ValidationException' || (error instanceof TransactionCanceledException && !isUnreachable(error));
}

/** Whether nobody is let in, or a table is not there: a deployment that went wrong, about which no message can do anything. */
export function isAboutStore(error: unknown): boolean {
  return isDenied(error) || error instanceof SetupError || error instanceof ServiceException;
}

/** For a consumer this is "later", and no failure of a message. */
export const away = (cause: unknown) => new DependencyUnavailableError('dynamodb', { cause });
