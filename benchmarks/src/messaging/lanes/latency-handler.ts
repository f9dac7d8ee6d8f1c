import { type Lane, type Moment, monotonicMs } from '../measurement.ts';
import { createMeter } from '../meter.ts';
import { createBenchConsumer } from './atlas-consumer.ts';

/** The consuming service's part: notes when the handler of each event starts. */
export const run: Lane = async (order, ready) => {
  const meter = createMeter(order);
  const moments: Moment[] = [];
  const consumer = createBenchConsumer(order, meter, async (event) => {
    moments.push([event.id, monotonicMs()]);
  });
  await consumer.start();
  ready();
  await meter.finished;
  return { measurement: {}, moments };
};
