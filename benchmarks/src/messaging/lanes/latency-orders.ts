import { createPublisher, topicArns } from '@atlas/messaging';
import { createOutbox, createOutboxRelay } from '@atlas/messaging/postgres';
import { createLogger, createMetrics, createSnsClient } from '@atlas/platform';
import { createPgPool } from '@atlas/platform/postgres';
import { v7 as newId } from 'uuid';
import { executorOf, newOrderEvent } from '../bench-database.ts';
import { ordersPerSecond } from '../experiments.ts';
import { type Lane, type LaneOrder, type Moment, monotonicMs } from '../measurement.ts';
import { createMeter } from '../meter.ts';
import { metered } from '../metered-client.ts';

type Pool = ReturnType<typeof createPgPool>;

/**
 * The gateway's part: commits `ordersPerSecond` orders with their events, each at its time whether or not the one before
 * has an answer, while the relay of the same process publishes them. The moments are those at which COMMIT has returned.
 */
export const run: Lane = async (order, ready) => {
  const meter = createMeter(order);
  const logger = createLogger({ service: 'benchmark', level: 'warn' });
  const metrics = createMetrics({ service: 'benchmark' });
  const pool = createPgPool({ url: order.databaseUrl, max: 10, logger });
  const publisher = createPublisher({
    sns: metered(createSnsClient({ region: order.region }), meter),
    topicArn: topicArns(order),
    metrics,
    logger,
  });
  const relay = createOutboxRelay({ pool, publisher, metrics, logger, clock: () => new Date() });
  await relay.start();
  ready();
  const moments = await commitOrders(pool, order);
  // A relay that stops leaves what it has not claimed to the next one, and here is none.
  await meter.finished;
  await relay.stop({ deadlineMs: 10_000 });
  await publisher.stop({ deadlineMs: 10_000 });
  await pool.end();
  return { measurement: {}, moments };
};

async function commitOrders(pool: Pool, { warmUp, messages }: LaneOrder): Promise<Moment[]> {
  const outbox = createOutbox({ source: 'gateway', clock: () => new Date(), newId });
  const startMs = performance.now();
  const commit = async (number: number): Promise<Moment> => {
    const dueMs = startMs + (number * 1000) / ordersPerSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    return commitOrder(pool, outbox);
  };
  return Promise.all(Array.from({ length: warmUp + messages }, (_, number) => commit(number)));
}

async function commitOrder(pool: Pool, outbox: ReturnType<typeof createOutbox>): Promise<Moment> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const event = newOrderEvent();
    await client.query('INSERT INTO orders (id, total_cents) VALUES ($1, $2)', [
      event.payload.order_id,
      event.payload.total_cents,
    ]);
    const [envelope] = await outbox.add(executorOf(client), [event]);
    await client.query('COMMIT');
    return [envelope!.id, monotonicMs()];
  } finally {
    client.release();
  }
}
