import type { EventOf } from '@atlas/event-contracts';
import { createDocumentClient, createDynamoClient, createLogger } from '@atlas/platform';
import { createProjections } from '@atlas/projections';
import { projections } from '@atlas/reporting/projections';
import { batchesAtOnce, batchSize } from './lanes.ts';
import { sampleOrderEvents } from './orders.ts';

/** What a process of the growth lane is told. */
export interface Share {
  readonly prefix: string;
  readonly count: number;
}

// One process of reporting without its queue: it counts its share of the events in batches, as its consumers do.
const { prefix, count } = JSON.parse(process.argv[2]!) as Share;
const client = createDynamoClient({ region: process.env['AWS_REGION']! });
const { writer } = createProjections({
  ...{ prefix, dynamo: createDocumentClient(client), clock: () => new Date(), random: Math.random },
  logger: createLogger({ service: 'benchmark', level: 'warn' }),
  projections: projections.filter(({ name }) => name === 'revenue-daily'),
});
const events = sampleOrderEvents(count) as EventOf<'order.completed.v1'>[];
const batches = Array.from({ length: Math.ceil(count / batchSize) }, (_, at) =>
  events.slice(at * batchSize, (at + 1) * batchSize),
).values();
await writer.canApply();

process.once('message', () => void work());
process.send!('ready');

async function work(): Promise<void> {
  const worker = async (): Promise<void> => {
    for (const batch of batches) {
      const { failed } = await writer.apply(batch);
      if (failed.length > 0) throw failed[0]!.error;
    }
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, worker));
  client.destroy();
  process.send!('done', () => process.disconnect());
}
