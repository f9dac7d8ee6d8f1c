import { randomUUID } from 'node:crypto';
import { createEventBus, createPublisher, topicArns } from '@atlas/messaging';
import { createLogger, createMetrics, createSnsClient } from '@atlas/platform';
import { v7 as newId } from 'uuid';
import type { Lane } from '../measurement.ts';
import { createMeter } from '../meter.ts';
import { metered } from '../metered-client.ts';
import { sampleMeta, samplePayload } from '../sample-order.ts';

/** `maxInFlight` callers who each publish one event and wait for it, like requests of a busy service do. */
export const run: Lane = async (order, ready) => {
  const meter = createMeter(order);
  const publisher = createPublisher({
    sns: metered(createSnsClient({ region: order.region }), meter),
    topicArn: topicArns(order),
    metrics: createMetrics({ service: 'benchmark' }),
    logger: createLogger({ service: 'benchmark', level: 'warn' }),
    maxInFlight: order.receivers,
  });
  const bus = createEventBus({ publisher, source: 'gateway', clock: () => new Date(), newId });
  let left = order.warmUp + order.messages;
  const call = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const orderId = randomUUID();
      await bus.publish('order.completed', samplePayload(orderId), sampleMeta(orderId, 1));
    }
  };
  ready();
  await Promise.all(Array.from({ length: order.maxInFlight }, call));
  await publisher.stop({ deadlineMs: 10_000 });
  return { measurement: await meter.finished };
};
