import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { explained, SetupError } from '@atlas/platform';
import { isMissing } from './aws-refusals.ts';

/** The URL of a queue. Throws SetupError when it does not exist or may not be used; network errors pass through. */
export async function resolveQueue(options: { sqs: SQSClient; name: string }): Promise<string> {
  const url = await explained(`look up queue ${options.name}`, () => findQueue(options.sqs, options.name));
  if (url === undefined) {
    throw new SetupError(
      `Queue ${options.name} does not exist. Create the topology first: "npm run stack" on a developer's machine, ` +
        `the infrastructure deployment elsewhere. Then check ATLAS_PREFIX and AWS_REGION.`,
    );
  }
  return url;
}

/** The URL of a queue, or undefined when there is none of this name. */
export async function findQueue(sqs: SQSClient, name: string): Promise<string | undefined> {
  try {
    const found = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    return found.QueueUrl;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
