import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { AlongsideRefusedError, DuplicateCommandError, VersionConflictError } from '../errors.ts';

/** A transaction that was sent: its events, then the command if it has an id, then what goes alongside, then the check. */
export interface SentAppend {
  readonly streamId: string;
  readonly expectedVersion: number;
  readonly commandId: string | undefined;
  readonly eventIds: readonly string[];
  readonly alongsideCount: number;
}

/**
 * What a failed append means: `'committed'` when an earlier try of the same call, whose answer was lost, has written it;
 * else the error to throw. DynamoDB says of every write by itself whether it was refused.
 */
export function refusalOf(error: unknown, sent: SentAppend): unknown {
  if (!(error instanceof TransactionCanceledException)) return error;
  const { streamId, expectedVersion, commandId, eventIds, alongsideCount } = sent;
  const reasons = error.CancellationReasons ?? [];
  // The id of the event that is in the place where our first was to go.
  if (reasons[0]?.Item?.['event_id']?.S === eventIds[0]) return 'committed';
  const commandCount = commandId === undefined ? 0 : 1;
  const refused = reasons.map(({ Code }) => Code === 'ConditionalCheckFailed');
  if (commandId !== undefined && refused[eventIds.length]) {
    return new DuplicateCommandError(streamId, commandId, { cause: error });
  }
  const from = eventIds.length + commandCount;
  const stale = [...refused.slice(0, from), ...refused.slice(from + alongsideCount)].includes(true);
  // Another transaction writes one of our items right now. Whether it commits is seen by who loads again.
  if (stale || reasons.some(({ Code }) => Code === 'TransactionConflict')) {
    return new VersionConflictError(streamId, expectedVersion, { cause: error });
  }
  const index = reasons.slice(from).findIndex(({ Code }) => isRefusal(Code));
  if (index < 0) return error;
  const { Code, Message = '' } = reasons[from + index]!;
  return new AlongsideRefusedError(streamId, index, `${Code} ${Message}`.trim(), { cause: error });
}

/** Not what says "later": throttling is an outage, which `isUnreachable` knows. */
function isRefusal(code: string | undefined): boolean {
  return code === 'ConditionalCheckFailed' || code === 'ValidationError' || code === 'ItemCollectionSizeLimitExceeded';
}
