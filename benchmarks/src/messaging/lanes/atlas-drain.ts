import type { Lane } from '../measurement.ts';
import { createMeter } from '../meter.ts';
import { handlerOf } from '../workload.ts';
import { createBenchConsumer } from './atlas-consumer.ts';

/** Atlas with everything on. */
export const run: Lane = async (order, ready) => {
  const meter = createMeter(order);
  const handle = handlerOf(order.workload);
  const consumer = createBenchConsumer(order, meter, (event) => handle(event));
  ready();
  await consumer.start();
  return { measurement: await meter.finished };
};
