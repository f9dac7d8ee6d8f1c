import { Agent } from 'node:http';
import { SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * The clients of the raw loops and of the peers, set as `createSqsClient` and `createSnsClient` of @atlas/platform set
 * them. They are written out here because a raw loop that loaded the platform would carry its memory too.
 */
export function rawSqsClient(region: string): SQSClient {
  return new SQSClient({ ...shared(region, 25_000), md5: false, useQueueUrlAsEndpoint: false });
}

export function rawSnsClient(region: string): SNSClient {
  return new SNSClient(shared(region, 4_000));
}

/** Without `info` the SDK makes no copies of inputs and outputs for the log. */
const silentLogger = { trace() {}, debug() {}, warn() {}, error() {} } as unknown as NonNullable<
  SNSClientConfig['logger']
>;

function shared(region: string, requestTimeoutMs: number) {
  return {
    region,
    maxAttempts: 3,
    retryMode: 'standard',
    logger: silentLogger,
    requestHandler: new NodeHttpHandler({
      httpAgent: new Agent({ keepAlive: true, maxSockets: 200 }),
      connectionTimeout: 2_000,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    }),
  };
}
