import { randomUUID } from 'node:crypto';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { deadLetterQueueName, type Envelope, makeEnvelope, orderCompleted, queueName } from '@atlas/event-contracts';
import { createMetrics, createRedis, createSqsClient, createSnsClient, newTraceparent } from '@atlas/platform';
import { captureLogs, eventually, stackVariable, testPrefix } from '@atlas/testing';
import { v7 } from 'uuid';
import { type DeadLetter, readDeadLetter } from '../dead-letters/dead-letter.ts';
import { createInbox, type Inbox } from '../inbox/inbox.ts';
import { awsAttributes, toWireMessage } from '../publish/wire-message.ts';
import { provisionTopology } from '../topology/provision-topology.ts';
import { resolveQueue } from '../topology/resolve-queue.ts';
import { type Consumer, type ConsumerOptions, createConsumer } from './consumer.ts';

/** The notification service's order queue with everything around it, and consumers that are stopped at the end. */
export type ConsumerWorld = Awaited<ReturnType<typeof createConsumerWorld>>;

/** One message as it is put into the queue. */
export interface Sent {
  readonly body: string;
  readonly attributes?: Record<string, { DataType: string; StringValue: string }>;
}

/** A valid `order.completed`. */
export function completedOrder(id: string = v7(), payload: object = {}): Envelope {
  const subject = randomUUID();
  return makeEnvelope(
    'order.completed',
    { ...orderCompleted.versions['1.1'].example, ...payload, order_id: subject },
    {
      ...{ id, timestamp: new Date().toISOString(), source: 'gateway', tenantId: 'tenant-1', subject, sequence: 1 },
      ...{ correlationId: `correlation-${id}`, causationId: `causation-${id}` },
    },
  );
}

/** An envelope as SNS delivers it raw. */
export function wired(envelope: Envelope, traceparent: string = newTraceparent()): Sent {
  const { body, attributes } = toWireMessage(envelope, traceparent);
  return { body, attributes: awsAttributes(attributes) };
}

/** `visibilitySeconds` is short, so that tests see messages come back; SQS has no shorter one than a second. */
export async function createConsumerWorld({ visibilitySeconds = 2, maxReceiveCount = 10 } = {}) {
  const region = stackVariable('AWS_REGION');
  const prefix = testPrefix();
  const sqs = createSqsClient({ region });
  const sns = createSnsClient({ region });
  const logs = captureLogs();
  const metrics = createMetrics({ service: 'notification', processMetrics: false });
  const redis = createRedis({ url: stackVariable('REDIS_URL'), logger: logs.logger, name: 'test' });
  await provisionTopology({
    ...{ sns, sqs, prefix, region, accountId: stackVariable('ATLAS_AWS_ACCOUNT_ID'), services: ['notification'] },
    ...{ visibilityTimeoutSeconds: visibilitySeconds, maxReceiveCount },
  });
  const name = queueName(prefix, 'notification', 'order');
  const [queueUrl, deadLetterQueueUrl] = await Promise.all(
    [name, deadLetterQueueName(prefix, 'notification', 'order')].map((queue) => resolveQueue({ sqs, name: queue })),
  );
  if (queueUrl === undefined || deadLetterQueueUrl === undefined) throw new Error('unreachable');
  const inbox: Inbox = createInbox({ redis, prefix, service: 'notification' });
  const consumers: Consumer[] = [];
  const closers: (() => Promise<unknown> | void)[] = [() => sns.destroy(), () => sqs.destroy(), () => redis.quit()];

  const consumer = (handlers: ConsumerOptions['handlers'], options: Partial<ConsumerOptions> = {}): Consumer => {
    const made = createConsumer({
      ...{ sqs, queueName: name, queueUrl, deadLetterQueueUrl, inbox, metrics, logger: logs.logger, handlers },
      ...{ isReady: async () => true, visibilityTimeoutSeconds: visibilitySeconds, waitTimeSeconds: 1 },
      backoff: { firstSeconds: 1, factor: 1, longestSeconds: 1 },
      ...options,
    });
    consumers.push(made);
    return made;
  };
  const depth = async (url: string) => {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }));
    return names.reduce((sum, attribute) => sum + Number(answer.Attributes?.[attribute]), 0);
  };
  return {
    ...{ region, prefix, sqs, redis, inbox, metrics, logs, queueUrl, deadLetterQueueUrl, queueName: name, consumer },
    /** Makes a consumer and starts it. */
    async consume(handlers: ConsumerOptions['handlers'], options: Partial<ConsumerOptions> = {}): Promise<Consumer> {
      const made = consumer(handlers, options);
      await made.start();
      return made;
    },
    async send(...messages: Sent[]): Promise<void> {
      for (let at = 0; at < messages.length; at += 10) {
        const Entries = messages.slice(at, at + 10).map(({ body, attributes }, index) => ({
          ...{ Id: String(index), MessageBody: body, MessageAttributes: attributes },
        }));
        const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
        if (answer.Failed?.length) throw new Error(`SQS refused test messages: ${JSON.stringify(answer.Failed)}`);
      }
    },
    /** Waits until the queue holds nothing, neither visible nor in flight. */
    // Twice, as the depth is approximate: a message that becomes visible again while it is counted may be missed.
    emptied: (timeoutMs = 15_000) =>
      eventually(async () => expect([await depth(queueUrl), await depth(queueUrl)]).toEqual([0, 0]), {
        timeoutMs,
        everyMs: 50,
      }),
    queued: () => depth(queueUrl),
    /** Takes what is in the dead-letter queue out of it. */
    takeDeadLetters: () => takeAll(sqs, deadLetterQueueUrl),
    metric: async (metric: 'consumed' | 'failed' | 'retried' | 'deadLettered'): Promise<number> =>
      (await metrics[metric].get()).values.reduce((sum, { value }) => sum + value, 0),
    defer: (close: () => Promise<unknown> | void) => void closers.unshift(close),
    async stopConsumers(): Promise<void> {
      await Promise.all(consumers.splice(0).map((made) => made.stop({ deadlineMs: 3000 })));
    },
    async close(): Promise<void> {
      await this.stopConsumers();
      for (const close of closers) await close();
    },
  };
}

/** An SQS client of another endpoint. The SDK reads that from the environment when a client is first used. */
export async function sqsThrough(url: string): Promise<ReturnType<typeof createSqsClient>> {
  const real = stackVariable('AWS_ENDPOINT_URL');
  process.env['AWS_ENDPOINT_URL'] = url.replace(/\/$/, '');
  try {
    const sqs = createSqsClient({ region: stackVariable('AWS_REGION') });
    await sqs.send(new ListQueuesCommand({}));
    return sqs;
  } finally {
    process.env['AWS_ENDPOINT_URL'] = real;
  }
}

/** Lets time pass, where what is tested is that nothing happens. */
export async function quietFor(ms: number): Promise<void> {
  const until = performance.now() + ms;
  await eventually(() => performance.now() > until, { timeoutMs: ms + 5000 });
}

export interface TakenLetter {
  readonly body: string;
  readonly attributes: NonNullable<Message['MessageAttributes']>;
  readonly letter: DeadLetter | undefined;
}

async function takeAll(sqs: ReturnType<typeof createSqsClient>, QueueUrl: string): Promise<TakenLetter[]> {
  const taken: TakenLetter[] = [];
  for (;;) {
    const request = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'], WaitTimeSeconds: 0 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    if (Messages.length === 0) return taken;
    for (const { Body = '', MessageAttributes = {} } of Messages) {
      const letter = readDeadLetter(MessageAttributes.DeadLetter?.StringValue);
      taken.push({ body: Body, attributes: MessageAttributes, letter });
    }
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}
