import { orderCompleted } from '@atlas/event-contracts';
import { MessageHandlerConfigBuilder } from '@message-queue-toolkit/core';
import { AbstractSqsConsumer, type SQSConsumerDependencies, type SQSConsumerOptions } from '@message-queue-toolkit/sqs';
import { z } from 'zod';
import type { Lane, LaneOrder } from '../measurement.ts';
import { createMeter } from '../meter.ts';
import { metered } from '../metered-client.ts';
import { handlerOf } from '../workload.ts';
import { rawSqsClient } from './raw-clients.ts';

/** It validates by zod as Atlas does, so it gets the same schema. Deduplication is off: that costs it five round trips. */
const eventSchema = z.object({
  id: z.guid(),
  event: z.literal('order.completed'),
  version: z.string(),
  timestamp: z.iso.datetime(),
  source: z.string(),
  tenant_id: z.string(),
  subject: z.string(),
  sequence: z.int(),
  correlation_id: z.string(),
  causation_id: z.string(),
  payload: orderCompleted.versions['1.1'].payload,
});

type OrderCompleted = z.infer<typeof eventSchema>;
type Options = SQSConsumerOptions<OrderCompleted, undefined, undefined>;

/** The library is made to be used by inheritance. */
class OrderConsumer extends AbstractSqsConsumer<OrderCompleted, undefined> {
  constructor(dependencies: SQSConsumerDependencies, options: Options) {
    super(dependencies, options, undefined);
  }
}

export const run: Lane = async (order, ready) => {
  const meter = createMeter(order);
  const sqsClient = metered(rawSqsClient(order.region), meter);
  const consumer = new OrderConsumer({ sqsClient, ...dependencies() }, optionsFor(order));
  ready();
  await consumer.start();
  return { measurement: await meter.finished };
};

/** Its documentation's settings for throughput: batchSize 10 and concurrent consumers. */
function optionsFor(order: LaneOrder): Options {
  const handle = handlerOf(order.workload);
  return {
    locatorConfig: { queueUrl: order.queue!.url },
    messageTypeResolver: { messageTypePath: 'event' },
    handlers: new MessageHandlerConfigBuilder<OrderCompleted, undefined>()
      .addConfig(eventSchema, async (event) => {
        await handle(event);
        return { result: 'success' };
      })
      .build(),
    concurrentConsumersAmount: order.receivers,
    consumerOverrides: { batchSize: 10, waitTimeSeconds: 20 },
  };
}

function dependencies(): Omit<SQSConsumerDependencies, 'sqsClient'> {
  const silent = (): void => {};
  const logger = { level: 'silent', msgPrefix: undefined, child: () => logger, isLevelEnabled: () => false };
  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    Object.assign(logger, { [level]: silent });
  return {
    logger: logger as unknown as SQSConsumerDependencies['logger'],
    errorReporter: {
      report: ({ error }) => {
        throw error;
      },
    },
    consumerErrorResolver: {
      processError: (error) => {
        throw error;
      },
    },
    transactionObservabilityManager: {
      start: silent,
      startWithGroup: silent,
      stop: silent,
      addCustomAttributes: silent,
    },
  };
}
