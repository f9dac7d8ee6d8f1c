import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Clocks that differ by less than this are taken as equal; the header below has no better resolution anyway. */
const CLOCK_TOLERANCE_MS = 2000;

/**
 * The moment that bounds an operation, on the clock by which the queue stamps its messages: what was sent later is not
 * part of it. This machine's clock, unless that differs from the queue's (`Date` header of an answer) by over 2 s.
 */
export async function snapshotTime(options: { sqs: SQSClient; url: string; clock: () => Date }): Promise<Date> {
  const { sqs, url, clock } = options;
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] });
  let header: string | undefined;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      header = (result.response as { headers?: Record<string, string> }).headers?.['date'];
      return result;
    },
    { step: 'deserialize', name: 'readQueueClock', priority: 'low' },
  );
  const before = clock();
  await sqs.send(command);
  const queueTime = Date.parse(header ?? '');
  return Math.abs(queueTime - before.getTime()) > CLOCK_TOLERANCE_MS ? new Date(queueTime) : before;
}
