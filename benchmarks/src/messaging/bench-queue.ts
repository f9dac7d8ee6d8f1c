import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { queueDefaults } from '@atlas/event-contracts';
import type { BenchQueue } from './measurement.ts';
import { sampleEnvelope } from './sample-order.ts';

const sendersInFlight = 8;

/** A new queue with a dead-letter queue, set as the queues of Atlas are. No lane sees what another has left behind. */
export async function createBenchQueue(sqs: SQSClient, name: string): Promise<BenchQueue> {
  const deadLetters = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-dlq` }));
  const deadLetterUrl = deadLetters.QueueUrl!;
  const wanted = new GetQueueAttributesCommand({ QueueUrl: deadLetterUrl, AttributeNames: ['QueueArn'] });
  const { Attributes: attributes } = await sqs.send(wanted);
  const created = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        VisibilityTimeout: String(queueDefaults.visibilityTimeoutSeconds),
        ReceiveMessageWaitTimeSeconds: String(queueDefaults.waitTimeSeconds),
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: attributes!.QueueArn,
          maxReceiveCount: queueDefaults.maxReceiveCount,
        }),
      },
    }),
  );
  return { name, url: created.QueueUrl!, deadLetterUrl };
}

export async function deleteBenchQueue(sqs: SQSClient, queue: BenchQueue): Promise<void> {
  for (const url of [queue.url, queue.deadLetterUrl]) await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
}

/** Puts so many envelopes with new ids into the queue, with the attributes that SNS's raw delivery would give them. */
export async function fillBenchQueue(sqs: SQSClient, queue: BenchQueue, count: number): Promise<void> {
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < count) {
      const size = Math.min(10, count - next);
      const entries = Array.from({ length: size }, (_, index) => toEntry(next + index, String(index)));
      next += size;
      const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: entries }));
      if (answer.Successful?.length !== size) throw new Error(`the emulator refused messages for ${queue.name}`);
    }
  };
  await Promise.all(Array.from({ length: sendersInFlight }, send));
}

/** How many messages are left, in hand of a consumer included. */
export async function messagesIn(sqs: SQSClient, url: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes: attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }),
  );
  return names.reduce((sum, name) => sum + Number(attributes?.[name] ?? 0), 0);
}

function toEntry(sequence: number, id: string) {
  const envelope = sampleEnvelope(sequence);
  const text = (value: string) => ({ DataType: 'String', StringValue: value });
  return {
    Id: id,
    MessageBody: JSON.stringify(envelope),
    MessageAttributes: {
      EventType: text(envelope.event),
      EventKey: text(`${envelope.event}.v1`),
      TenantId: text(envelope.tenant_id),
      traceparent: text('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
    },
  };
}
