import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { type Domain, type Envelope, parseEnvelope } from '@atlas/event-contracts';
import { topicArns } from '@atlas/messaging';
import type { SystemEnvironment } from './system-environment.ts';

/** An event as it was published, in the words of its contract. */
export type SeenEvent = Envelope;

/** Sees what is published, beside those who receive it: a queue of its own, which takes nothing away from anybody. */
export interface EventTap {
  /**
   * The events of this correlation id, each once, as soon as `isEnd` says so of one of them; what has come so far when
   * that does not happen within `deadlineMs`. One call at a time.
   */
  follow(correlationId: string, isEnd: (event: SeenEvent) => boolean, deadlineMs: number): Promise<SeenEvent[]>;
  /** Takes the queue and its subscriptions away again. */
  close(): Promise<void>;
}

/** What is left of a tap whose process was killed forgets its messages after a minute, the least that SQS allows. */
const retentionSeconds = '60';
const waitSeconds = 1;

/** Taps the topics of these domains. What was published before is not seen. */
export async function openEventTap(options: {
  env: SystemEnvironment;
  domains: readonly Domain[];
  signal?: AbortSignal | undefined;
  clock: () => number;
}): Promise<EventTap> {
  const { env, domains, signal, clock } = options;
  const scope = { region: env.AWS_REGION, accountId: env.ATLAS_AWS_ACCOUNT_ID, prefix: env.ATLAS_PREFIX };
  const client = {
    region: env.AWS_REGION,
    endpoint: env.AWS_ENDPOINT_URL,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
  };
  const sqs = new SQSClient(client);
  const sns = new SNSClient(client);
  // The same name each time: one that was left behind is used again and cleared away.
  const name = `${env.ATLAS_PREFIX}-demonstration-tap`;
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { MessageRetentionPeriod: retentionSeconds } }),
  );
  const arns = domains.map(topicArns(scope));
  const subscriptions = await Promise.all(
    arns.map(async (TopicArn) => {
      const Endpoint = `arn:aws:sqs:${scope.region}:${scope.accountId}:${name}`;
      const Attributes = { RawMessageDelivery: 'true' };
      const made = await sns.send(
        new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes, ReturnSubscriptionArn: true }),
      );
      return made.SubscriptionArn!;
    }),
  );

  async function receive(): Promise<SeenEvent[]> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: waitSeconds }),
      { ...(signal && { abortSignal: signal }) },
    );
    if (Messages.length === 0) return [];
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    return Messages.map(eventIn).filter((event) => event !== undefined);
  }

  return {
    async follow(correlationId, isEnd, deadlineMs) {
      const deadline = clock() + deadlineMs;
      // By id: a fact comes once per major that is published, and a queue may deliver twice.
      const seen = new Map<string, SeenEvent>();
      while (![...seen.values()].some(isEnd) && clock() < deadline) {
        const events = (await receive()).filter((event) => event.correlation_id === correlationId);
        for (const event of events) if (!seen.has(event.id)) seen.set(event.id, event);
      }
      return [...seen.values()];
    },
    async close() {
      await Promise.allSettled(
        subscriptions.map((SubscriptionArn) => sns.send(new UnsubscribeCommand({ SubscriptionArn }))),
      );
      await sqs.send(new DeleteQueueCommand({ QueueUrl })).catch(() => undefined);
      sqs.destroy();
      sns.destroy();
    },
  };
}

/** Undefined for what is no event of ours: somebody may publish by hand while this runs. */
function eventIn({ Body = '' }: Message): SeenEvent | undefined {
  try {
    return parseEnvelope(Body).envelope;
  } catch {
    return undefined;
  }
}
