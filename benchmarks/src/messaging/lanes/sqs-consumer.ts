import { Consumer, type ConsumerOptions } from 'sqs-consumer';
import type { Lane, LaneOrder, LaneResult } from '../measurement.ts';
import { createMeter } from '../meter.ts';
import { metered } from '../metered-client.ts';
import { handlerOf } from '../workload.ts';
import { rawSqsClient } from './raw-clients.ts';

/** `handleMessage`: the messages of a receive are handled at the same time, and each is deleted by a call of its own. */
export const runSingle: Lane = (order, ready) => {
  const handle = handlerOf(order.workload);
  return runConsumers(order, ready, {
    handleMessage: async (message) => {
      await handle(JSON.parse(message.Body!) as { sequence: number });
      return message;
    },
  });
};

/** `handleMessageBatch`: one call deletes what a receive brought. */
export const runBatch: Lane = (order, ready) => {
  const handle = handlerOf(order.workload);
  return runConsumers(order, ready, {
    handleMessageBatch: async (messages) => {
      await Promise.all(messages.map((message) => handle(JSON.parse(message.Body!) as { sequence: number })));
      return messages;
    },
  });
};

/** Its documentation's way to more throughput: batchSize 10, and as many consumers as there shall be polls. */
async function runConsumers(
  order: LaneOrder,
  ready: () => void,
  handlers: Pick<ConsumerOptions, 'handleMessage' | 'handleMessageBatch'>,
): Promise<LaneResult> {
  const meter = createMeter(order);
  const sqs = metered(rawSqsClient(order.region), meter);
  const failed = Promise.withResolvers<never>();
  ready();
  for (let receiver = 0; receiver < order.receivers; receiver += 1) {
    const consumer = Consumer.create({
      queueUrl: order.queue!.url,
      sqs,
      batchSize: 10,
      waitTimeSeconds: 20,
      ...handlers,
    });
    consumer.on('error', (error) => failed.reject(error));
    consumer.on('processing_error', (error) => failed.reject(error));
    consumer.start();
  }
  return { measurement: await Promise.race([meter.finished, failed.promise]) };
}
