import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { findDefinition, queueName, type Service, topology } from '@atlas/event-contracts';
import { createDynamoEventLog, createReplay, outboxTableName } from '@atlas/messaging';
import { createLogger, createRedis } from '@atlas/platform';

/** Brings back what has been said, as often as it likes: copies, late and in another order. */
export interface Replays {
  /** Sends everything that was ever said to these services to them again; returns how many messages that is. */
  everything(): Promise<number>;
  /** Their memory of what they have handled is gone, as if the marks had run out. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

const services = ['billing', 'subscription'] as const satisfies readonly Service[];

/** Replays into a running system. */
export function createReplays(env: Readonly<Record<string, string>>): Replays {
  const prefix = env['ATLAS_PREFIX']!;
  const aws = {
    region: env['AWS_REGION']!,
    credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID']!, secretAccessKey: env['AWS_SECRET_ACCESS_KEY']! },
  };
  const sqs = new SQSClient({ ...aws, endpoint: env['AWS_ENDPOINT_URL']!, useQueueUrlAsEndpoint: false });
  const client = new DynamoDBClient({ ...aws, endpoint: env['AWS_ENDPOINT_URL_DYNAMODB']! });
  const dynamo = DynamoDBDocumentClient.from(client);
  const logger = createLogger({ service: 'test', level: 'silent' });
  const redis = createRedis({ url: env['REDIS_URL']!, logger, name: 'test' });

  async function replay(service: Service, eventType: string): Promise<number> {
    const { producer, domain } = findDefinition(eventType)!;
    const log = createDynamoEventLog({ dynamo, tableName: outboxTableName(prefix, producer) });
    const to = queueName(prefix, service, domain);
    return (await createReplay({ log, sqs })({ eventType, since: new Date(0), to })).sent;
  }

  return {
    async everything() {
      let sent = 0;
      for (const service of services) {
        const types = new Set(topology.consumers[service].map((key) => key.slice(0, key.lastIndexOf('.'))));
        // What the gateway said is in another database, and is no part of the saga.
        for (const type of [...types].filter((one) => findDefinition(one)!.producer !== 'gateway').reverse()) {
          sent += await replay(service, type);
        }
      }
      return sent;
    },
    async forget() {
      for (const service of services) {
        const keys = await redis.keys(`${prefix}:inbox:${service}:*`);
        if (keys.length > 0) await redis.del(...keys);
      }
    },
    async close() {
      client.destroy();
      sqs.destroy();
      await redis.quit();
    },
  };
}
