import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { explained, SetupError } from '@atlas/platform';
import { isMissing } from '../topology/aws-refusals.ts';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import { SHORT_CALL } from './sqs-batch.ts';

/**
 * Asks for both queues once, so that a wrong name or policy ends the start with a readable report instead of an endless
 * pause. Throws SetupError for those; a queue that does not answer is an outage, and the consumer will wait for it.
 */
export async function checkQueues(env: ConsumerEnvironment): Promise<void> {
  await Promise.all([env.queueUrl, env.deadLetterQueueUrl].map((url) => checkQueue(env, url)));
}

async function checkQueue({ sqs, logger }: ConsumerEnvironment, url: string): Promise<void> {
  const name = url.slice(url.lastIndexOf('/') + 1);
  try {
    const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] });
    await explained(`read the attributes of queue ${name}`, () => sqs.send(command, SHORT_CALL));
  } catch (error) {
    if (error instanceof SetupError) throw error;
    if (isMissing(error)) throw new SetupError(`Queue ${name} does not exist (any more).`, { cause: error });
    logger.warn({ err: error }, 'the queue does not answer yet, consuming begins when it does');
  }
}
