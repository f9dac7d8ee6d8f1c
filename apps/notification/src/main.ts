import {
  crashProbe,
  createDocumentClient,
  createDynamoClient,
  createLogger,
  createMetrics,
  createRedis,
  createReleaseStack,
  createSqsClient,
  loadConfig,
  remoteKeys,
  runMain,
  startTelemetry,
} from '@atlas/platform';
import { v7 } from 'uuid';
import { createApp } from './app.ts';
import { configSchema } from './config.ts';

const service = 'notification';

await runMain({
  service,
  async start(signal) {
    const config = loadConfig(configSchema, process.env);
    const logger = createLogger({ service, level: config.LOG_LEVEL });
    const release = createReleaseStack(logger);
    const telemetry = startTelemetry({ service, endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, logger });
    release.defer('telemetry', () => telemetry.stop());
    const redis = createRedis({ url: config.REDIS_URL, logger, name: service, enableAutoPipelining: true });
    release.defer('redis', () => redis.quit().then(undefined, () => redis.disconnect()));
    const dynamo = createDynamoClient({ region: config.AWS_REGION });
    release.defer('dynamodb', () => dynamo.destroy());
    const sqs = createSqsClient({ region: config.AWS_REGION });
    release.defer('sqs', () => sqs.destroy());

    const app = createApp({
      config,
      redis,
      dynamo: createDocumentClient(dynamo),
      sqs,
      identityKeys: remoteKeys(config.IDENTITY_JWKS_URL),
      logger,
      metrics: createMetrics({ service }),
      telemetry,
      clock: () => new Date(),
      random: Math.random,
      newId: () => v7(),
      probe: crashProbe(config.ATLAS_CRASH_AT, { environment: config.NODE_ENV }),
    });
    release.defer('notification', () => app.stop());
    await app.start(signal);
    return { stop: () => release.release() };
  },
});
