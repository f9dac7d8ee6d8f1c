import { DescribeTableCommand, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { SetupError } from '../errors.ts';
import { explained } from './aws-refusals.ts';

/** Rejects when DynamoDB does not answer for this table: reads an item that does not exist, its cheapest question. */
export async function pingTable(dynamo: DynamoDBDocumentClient, tableName: string): Promise<void> {
  await dynamo.send(new GetCommand({ TableName: tableName, Key: { pk: 'HEALTH', sk: 'HEALTH' } }));
}

/** Rejects when SQS does not answer for the queue of this name within 4 seconds. */
export async function pingQueue(sqs: SQSClient, name: string): Promise<void> {
  // The client's own limit is for long polls.
  await sqs.send(new GetQueueUrlCommand({ QueueName: name }), { requestTimeout: 4_000 });
}

/** Throws SetupError for the first of these tables that does not exist or may not be used, and whatever says that DynamoDB is away. */
export async function assertTables(dynamo: DynamoDBDocumentClient, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const describe = () => dynamo.send(new DescribeTableCommand({ TableName: name }));
    await explained(`describe table ${name}`, describe).catch((error: unknown) => {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      throw new SetupError(
        `Table ${name} does not exist. Create the tables first: "npm run stack" on a developer's machine, the ` +
          'infrastructure deployment elsewhere. Then check ATLAS_PREFIX and AWS_REGION.',
      );
    });
  }
}
