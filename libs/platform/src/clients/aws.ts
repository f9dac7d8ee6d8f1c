import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { withDirectCalls } from './direct-calls.ts';
import { documentOperations, snsOperations, sqsOperations } from './direct-operations.ts';

const CONNECTION_TIMEOUT_MS = 2_000;
/** Above the longest poll of SQS (20 s), or every empty receive would be an error. */
const SQS_REQUEST_TIMEOUT_MS = 25_000;
/** With its repetitions still well inside the 30 s for which a message is invisible. */
const REQUEST_TIMEOUT_MS = 4_000;
/** The SDK's own default: with its back-off an outage is an error within about a second of refused connections. */
const MAX_ATTEMPTS = 3;

/** Receivers that long-poll hold a socket each; deletes, heartbeats and publishes must not queue behind them. */
const DEFAULT_MAX_SOCKETS = 200;

/**
 * Says nothing, as the SDK's own default does. But for a logger that has `info` the SDK copies the input and output of
 * every call to hand them over: a tenth of the CPU of a publish.
 */
const silentLogger = { trace() {}, debug() {}, warn() {}, error() {} } as unknown as NonNullable<
  SNSClientConfig['logger']
>;

export interface AwsClientOptions {
  region: string;
  /** Connections at most (default 200). */
  maxSockets?: number;
}

/**
 * An SQS client over keep-alive connections that waits 25 s for an answer, longer than a long poll; pass
 * `{ requestTimeout: 4_000 }` to `send` with every other command. Endpoint and credentials come from the environment, as
 * the SDK reads them. MD5 of bodies is not computed: TLS and the service check them. What every message costs is sent directly
 * (`withDirectCalls`).
 */
export function createSqsClient(options: AwsClientOptions): SQSClient {
  const settings = shared(options, SQS_REQUEST_TIMEOUT_MS);
  const client = new SQSClient({ ...settings, md5: false, useQueueUrlAsEndpoint: false });
  return withDirectCalls(client, { service: 'sqs', operations: sqsOperations });
}

/** An SNS client over keep-alive connections; a call fails after three attempts of at most 4 s each. */
export function createSnsClient(options: AwsClientOptions): SNSClient {
  const client = new SNSClient(shared(options, REQUEST_TIMEOUT_MS));
  return withDirectCalls(client, { service: 'sns', operations: snsOperations });
}

/** A DynamoDB client over keep-alive connections; a call fails after three attempts of at most 4 s each. */
export function createDynamoClient(options: AwsClientOptions): DynamoDBClient {
  return new DynamoDBClient(shared(options, REQUEST_TIMEOUT_MS));
}

/**
 * The document view of `dynamo`: plain values instead of attribute types, members that are undefined left out. Queries, for
 * which users wait, are sent directly (`withDirectCalls`).
 */
export function createDocumentClient(dynamo: DynamoDBClient): DynamoDBDocumentClient {
  const client = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });
  return withDirectCalls(client, { service: 'dynamodb', operations: documentOperations });
}

function shared({ region, maxSockets = DEFAULT_MAX_SOCKETS }: AwsClientOptions, requestTimeoutMs: number) {
  const agent = { keepAlive: true, maxSockets };
  return {
    region,
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    logger: silentLogger,
    requestHandler: new NodeHttpHandler({
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    }),
  };
}
