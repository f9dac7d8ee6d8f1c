import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Redis } from 'ioredis';
import { createDocumentClient, createDynamoClient, createSnsClient, createSqsClient } from '../clients/aws.ts';
import { createRedis } from '../clients/redis.ts';
import { remoteKeys } from '../identity/remote-keys.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { createMetrics, type Metrics } from '../observability/metrics.ts';
import { startTelemetry, type Telemetry } from '../observability/telemetry.ts';
import { crashProbe, type Probe } from './crash-probe.ts';
import { createReleaseStack, type ReleaseStack } from './release-stack.ts';

/** What every service behind the gateway reads from its environment. */
export interface ServiceEnvironment {
  NODE_ENV: 'development' | 'test' | 'production';
  LOG_LEVEL: string;
  AWS_REGION: string;
  REDIS_URL: string;
  IDENTITY_JWKS_URL: string;
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  ATLAS_CRASH_AT?: string | undefined;
}

/** The connections of a service behind the gateway, and how it observes itself. */
export interface ServiceClients {
  logger: Logger;
  metrics: Metrics;
  telemetry: Telemetry;
  redis: Redis;
  dynamo: DynamoDBDocumentClient;
  sqs: SQSClient;
  sns: SNSClient;
  identityKeys: ReturnType<typeof remoteKeys>;
  probe: Probe;
  clock: () => Date;
  /** Where whatever uses them is deferred: it is released before they are. */
  release: ReleaseStack;
}

/** Opens the connections of a service. Nothing is asked of the other side yet, so none of it fails when that is away. */
export function openServiceClients(service: string, config: ServiceEnvironment): ServiceClients {
  const { AWS_REGION: region, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  const logger = createLogger({ service, level: config.LOG_LEVEL });
  const release = createReleaseStack(logger);
  const telemetry = startTelemetry({ service, endpoint, logger });
  release.defer('telemetry', () => telemetry.stop());
  const redis = createRedis({ url: config.REDIS_URL, logger, name: service, enableAutoPipelining: true });
  release.defer('redis', () => redis.quit().then(undefined, () => redis.disconnect()));
  const dynamo = createDynamoClient({ region });
  release.defer('dynamodb', () => dynamo.destroy());
  const sqs = createSqsClient({ region });
  release.defer('sqs', () => sqs.destroy());
  const sns = createSnsClient({ region });
  release.defer('sns', () => sns.destroy());
  return {
    ...{ logger, telemetry, redis, sqs, sns, release },
    metrics: createMetrics({ service }),
    dynamo: createDocumentClient(dynamo),
    identityKeys: remoteKeys(config.IDENTITY_JWKS_URL),
    probe: crashProbe(config.ATLAS_CRASH_AT, { environment: config.NODE_ENV }),
    clock: () => new Date(),
  };
}
