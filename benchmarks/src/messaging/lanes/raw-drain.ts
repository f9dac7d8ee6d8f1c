import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Lane } from '../measurement.ts';
import { createMeter } from '../meter.ts';
import { metered } from '../metered-client.ts';
import { handlerOf } from '../workload.ts';
import { rawSqsClient } from './raw-clients.ts';

/** What one writes with nothing but the SDK: receive ten, handle them, delete them in one call, and again. */
export const run: Lane = async (order, ready) => {
  const meter = createMeter(order);
  const sqs = metered(rawSqsClient(order.region), meter);
  const handle = handlerOf(order.workload);
  ready();
  for (let receiver = 0; receiver < order.receivers; receiver += 1) {
    void drain(sqs, order.queue!.url, (body) => handle(JSON.parse(body) as { sequence: number }));
  }
  return { measurement: await meter.finished };
};

async function drain(sqs: SQSClient, url: string, handle: (body: string) => Promise<void>): Promise<never> {
  for (;;) {
    const receive = new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 });
    const { Messages: messages = [] } = await sqs.send(receive);
    if (messages.length === 0) continue;
    await Promise.all(messages.map((message) => handle(message.Body!)));
    const entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries }));
  }
}
