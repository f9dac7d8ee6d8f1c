import { createPublisher, topicArns } from '@atlas/messaging';
import { createOutboxRelay } from '@atlas/messaging/postgres';
import { createLogger, createMetrics, createSnsClient } from '@atlas/platform';
import { createPgPool } from '@atlas/platform/postgres';
import type { Lane } from '../measurement.ts';
import { createMeter } from '../meter.ts';
import { metered } from '../metered-client.ts';

/** The relay empties an outbox that was filled before: rows in PostgreSQL to accepted by SNS, marks included. */
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
    maxInFlight: order.receivers,
  });
  const relay = createOutboxRelay({ pool, publisher, metrics, logger, clock: () => new Date() });
  ready();
  await relay.start();
  const measurement = await meter.finished;
  await relay.stop({ deadlineMs: 10_000 });
  await publisher.stop({ deadlineMs: 10_000 });
  await expectAllMarked(pool);
  return { measurement };
};

async function expectAllMarked(pool: ReturnType<typeof createPgPool>): Promise<void> {
  const { rows } = await pool.query<{ left: number }>(
    'SELECT count(*)::int AS left FROM outbox WHERE published_at IS NULL',
  );
  if (rows[0]!.left !== 0) throw new Error(`${rows[0]!.left} rows were published and not marked`);
}
