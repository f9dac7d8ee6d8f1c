import { createConsumer, createInbox } from '@atlas/messaging';
import { createLogger, createMetrics, createRedis, createSqsClient } from '@atlas/platform';
import type { EventHandler } from '@atlas/event-contracts';
import type { LaneOrder } from '../measurement.ts';
import type { Meter } from '../meter.ts';
import { metered } from '../metered-client.ts';

/** The consumer as the services run it: validation, inbox in Redis, metrics and logs. */
export function createBenchConsumer(order: LaneOrder, meter: Meter, handle: EventHandler<'order.completed.v1'>) {
  const logger = createLogger({ service: 'benchmark', level: 'warn' });
  const redis = createRedis({ url: order.redisUrl, logger, name: 'benchmark' });
  const queue = order.queue!;
  return createConsumer({
    sqs: metered(createSqsClient({ region: order.region }), meter),
    queueName: queue.name,
    queueUrl: queue.url,
    deadLetterQueueUrl: queue.deadLetterUrl,
    handlers: { 'order.completed.v1': handle },
    inbox: createInbox({ redis, prefix: order.prefix, service: 'notification' }),
    metrics: createMetrics({ service: 'benchmark' }),
    logger,
    isReady: async () => (await redis.ping()) === 'PONG',
    receivers: order.receivers,
    maxInFlight: order.maxInFlight,
  });
}
