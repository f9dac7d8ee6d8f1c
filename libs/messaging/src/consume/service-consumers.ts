import type { SQSClient } from '@aws-sdk/client-sqs';
import { deadLetterQueueName, type HandlersFor, queueName, queuesOf, type Service } from '@atlas/event-contracts';
import { retryWhileUnreachable } from '@atlas/platform';
import { resolveQueue } from '../topology/resolve-queue.ts';
import { type Consumer, type ConsumerOptions, createConsumer, type StopReport } from './consumer.ts';
import type { HandlerTable } from './handler-table.ts';

type PerQueue = 'queueName' | 'queueUrl' | 'deadLetterQueueUrl' | 'handlers';

export interface ServiceConsumersOptions<S extends Service> extends Omit<ConsumerOptions, PerQueue> {
  readonly service: S;
  /** Starts the names of the queues: `<prefix>-<service>-<domain>-events`. */
  readonly prefix: string;
  readonly handlers: HandlersFor<S>;
}

/**
 * The consumers of a service: one per queue that the topology gives it, all with the same handler table and each with
 * slots of its own, so that a slow domain does not hold up another.
 *
 * `start` looks the queues up and begins; it waits for a queue service that does not answer, and rejects with SetupError
 * when a queue does not exist or may not be used. `stop` stops all at once and adds their reports up.
 */
export function createServiceConsumers<S extends Service>(options: ServiceConsumersOptions<S>): Consumer {
  const { service, prefix, sqs, logger } = options;
  const stopping = new AbortController();
  const consumers: Consumer[] = [];
  let starting: Promise<void> | undefined;

  const start = async () => {
    const names = queuesOf(service).map(({ domain }) => ({
      queue: queueName(prefix, service, domain),
      deadLetterQueue: deadLetterQueueName(prefix, service, domain),
    }));
    const look = (name: string) => lookUp(sqs, name, { logger, signal: stopping.signal });
    const handlers = options.handlers as HandlerTable;
    const found = await Promise.all(
      names.map(async ({ queue, deadLetterQueue }) => {
        const [queueUrl, deadLetterQueueUrl] = await Promise.all([look(queue), look(deadLetterQueue)]);
        return { queueName: queue, queueUrl, deadLetterQueueUrl };
      }),
    );
    for (const queue of found) consumers.push(createConsumer({ ...options, ...queue, handlers }));
    await Promise.all(consumers.map((consumer) => consumer.start()));
  };
  return {
    start() {
      starting ??= start().catch((error: unknown) => {
        // A start that was waiting for its queues when the stop came has nothing to give back, and is no failure.
        if (!stopping.signal.aborted) throw error;
      });
      return starting;
    },
    async stop(within) {
      stopping.abort();
      await starting?.catch(() => {});
      return sumOf(await Promise.all(consumers.map((consumer) => consumer.stop(within))));
    },
    state() {
      const states = consumers.map((consumer) => consumer.state());
      if (stopping.signal.aborted && states.every((state) => state === 'stopped')) return 'stopped';
      if (starting === undefined) return 'stopped';
      return states.length > 0 && states.every((state) => state === 'running') ? 'running' : 'paused';
    },
  };
}

function lookUp(
  sqs: SQSClient,
  name: string,
  options: { logger: ConsumerOptions['logger']; signal: AbortSignal },
): Promise<string> {
  return retryWhileUnreachable(`queue ${name}`, () => resolveQueue({ sqs, name }), options);
}

function sumOf(reports: readonly StopReport[]): StopReport {
  const sum = (of: (report: StopReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  return {
    drained: sum(({ drained }) => drained),
    givenBack: sum(({ givenBack }) => givenBack),
    abandoned: sum(({ abandoned }) => abandoned),
  };
}
