import {
  type BatchResultErrorEntry,
  PublishBatchCommand,
  type PublishBatchRequestEntry,
  type SNSClient,
} from '@aws-sdk/client-sns';
import { DependencyUnavailableError, isDenied, isUnreachable, SetupError } from '@atlas/platform';
import { PublishRefusedError } from '../errors.ts';
import { isMissing } from '../topology/aws-refusals.ts';
import { awsAttributes, messageGroup, type WireMessage } from './wire-message.ts';

/** What became of one entry. `again` may succeed when it is sent again, `failed` will not or must be decided elsewhere. */
export type EntryOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'again'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: Error };

const accepted: EntryOutcome = { kind: 'accepted' };

/**
 * Sends one batch to one topic and says for each entry, in order, what became of it. Never throws: PublishBatch answers
 * 200 although entries failed, and an error of the whole call is an outcome of each of its entries.
 */
export async function sendBatch(
  sns: SNSClient,
  topicArn: string,
  messages: readonly WireMessage[],
  abortSignal: AbortSignal,
): Promise<EntryOutcome[]> {
  const command = new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: messages.map(toEntry) });
  try {
    const { Successful, Failed } = await sns.send(command, { abortSignal });
    if (Successful?.length === messages.length) return messages.map(() => accepted);
    return outcomesOf(messages, Successful ?? [], Failed ?? []);
  } catch (error) {
    const cause = error as Error;
    if (!blamesMessage(cause)) {
      const explained = abortSignal.aborted ? (abortSignal.reason as Error) : explain(cause, topicArn);
      return messages.map(() => ({ kind: 'failed', error: explained }));
    }
    if (messages.length === 1) return [refused(messages[0]!, cause.name, cause.message, cause)];
    // One bad message makes SNS refuse the nine beside it too: alone, each gets its own answer.
    const alone = messages.map((message) => sendBatch(sns, topicArn, [message], abortSignal));
    return (await Promise.all(alone)).flat();
  }
}

function toEntry(message: WireMessage, index: number): PublishBatchRequestEntry {
  return {
    Id: String(index),
    Message: message.body,
    MessageAttributes: awsAttributes(message.attributes),
    MessageGroupId: messageGroup(message.groupId),
  };
}

function outcomesOf(
  messages: readonly WireMessage[],
  successful: readonly { Id?: string | undefined }[],
  failed: readonly BatchResultErrorEntry[],
): EntryOutcome[] {
  const outcomes = messages.map((): EntryOutcome => ({ kind: 'again', reason: 'SNS did not answer for this entry' }));
  for (const { Id } of successful) outcomes[Number(Id)] = accepted;
  for (const { Id, Code = 'Unknown', Message = '', SenderFault } of failed) {
    const index = Number(Id);
    outcomes[index] = SenderFault
      ? refused(messages[index]!, Code, Message)
      : { kind: 'again', reason: `${Code} ${Message}`.trim() };
  }
  return outcomes;
}

function refused(message: WireMessage, reason: string, detail: string, cause?: Error): EntryOutcome {
  return { kind: 'failed', error: new PublishRefusedError(message, reason, detail, cause && { cause }) };
}

/** A client error that is neither about the topic nor about access is about what was sent. */
function blamesMessage(error: Error & { $metadata?: { httpStatusCode?: number } }): boolean {
  const status = error.$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 && !isUnreachable(error) && !isDenied(error) && !isMissing(error);
}

function explain(error: Error, topicArn: string): Error {
  if (isUnreachable(error)) return new DependencyUnavailableError('SNS', { cause: error });
  if (isMissing(error))
    return new SetupError(`Topic ${topicArn} does not exist. Create the topology.`, { cause: error });
  if (isDenied(error))
    return new SetupError(`Publishing to ${topicArn} is refused: ${error.message}`, { cause: error });
  return error;
}
