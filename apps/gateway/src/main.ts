import {
  crashProbe,
  createLogger,
  createMetrics,
  createRedis,
  createReleaseStack,
  createSnsClient,
  loadConfig,
  runMain,
  startTelemetry,
} from '@atlas/platform';
import { createPgPool } from '@atlas/platform/postgres';
import { v7 } from 'uuid';
import { createApp } from './app.ts';
import { configSchema } from './config.ts';

const service = 'gateway';
const mostConnections = 20;

await runMain({
  service,
  async start(signal) {
    const config = loadConfig(configSchema, process.env);
    const logger = createLogger({ service, level: config.LOG_LEVEL });
    const release = createReleaseStack(logger);
    const telemetry = startTelemetry({ service, endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, logger });
    release.defer('telemetry', () => telemetry.stop());
    const pool = createPgPool({ url: config.DATABASE_URL, max: mostConnections, logger, name: service });
    release.defer('postgres', () => pool.end());
    const redis = createRedis({ url: config.REDIS_URL, logger, name: service });
    release.defer('redis', () => redis.quit().then(undefined, () => redis.disconnect()));
    const sns = createSnsClient({ region: config.AWS_REGION });
    release.defer('sns', () => sns.destroy());

    const app = createApp({
      config,
      pool,
      redis,
      sns,
      logger,
      metrics: createMetrics({ service }),
      telemetry,
      clock: () => new Date(),
      newId: () => v7(),
      probe: crashProbe(config.ATLAS_CRASH_AT, { environment: config.NODE_ENV }),
    });
    release.defer('gateway', () => app.stop());
    await app.start(signal);
    return { stop: () => release.release() };
  },
});
