import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { environmentFields, loadConfig } from '@atlas/platform';
import { z } from 'zod';
import { rawSnsClient, rawSqsClient } from './lanes/raw-clients.ts';
import type { LaneOrder } from './measurement.ts';

/** The infrastructure that all lanes share. */
export interface Stage {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly place: Pick<LaneOrder, 'region' | 'accountId' | 'databaseUrl' | 'redisUrl'>;
  /** A prefix that no lane of this run has had. */
  nextPrefix(): string;
}

const schema = z.object({
  AWS_REGION: environmentFields.AWS_REGION,
  ATLAS_AWS_ACCOUNT_ID: environmentFields.ATLAS_AWS_ACCOUNT_ID,
  DATABASE_URL: environmentFields.DATABASE_URL,
  REDIS_URL: environmentFields.REDIS_URL,
});

/** Reads where the infrastructure is. Throws ConfigError when the environment does not say. */
export function openStage(env: NodeJS.ProcessEnv): Stage {
  const config = loadConfig(schema, env);
  let lanes = 0;
  return {
    sqs: rawSqsClient(config.AWS_REGION),
    sns: rawSnsClient(config.AWS_REGION),
    place: {
      region: config.AWS_REGION,
      accountId: config.ATLAS_AWS_ACCOUNT_ID,
      databaseUrl: config.DATABASE_URL,
      redisUrl: config.REDIS_URL,
    },
    nextPrefix: () => `bench${process.pid}x${(lanes += 1)}`,
  };
}
