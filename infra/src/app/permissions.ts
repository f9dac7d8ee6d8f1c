import type { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Service } from '@atlas/event-contracts';
import type { Messaging } from '../messaging/messaging-stack.ts';
import { publishedDomains } from '../published-domains.ts';

/**
 * Lets an app do what its code does and nothing else: take from its queues, put into their dead-letter queues, publish to
 * the topics of its own events, use its own tables. Every resource is named; there is no `*`.
 */
export function permit(role: IRole, app: Service, messaging: Messaging, tables: readonly CfnTable[]): void {
  const own = messaging.queues.filter(({ service }) => service === app);
  const topics = publishedDomains(app).map((domain) => messaging.topics.get(domain)!.topicArn);
  if (own.length > 0) {
    allow(
      role,
      'TakeMessages',
      own.map(({ queue }) => queue.queueArn),
      [
        ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
        ...['sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
      ],
    );
    allow(
      role,
      'DeadLetter',
      own.map(({ deadLetters }) => deadLetters.queueArn),
      [...['sqs:SendMessage', 'sqs:GetQueueUrl', 'sqs:GetQueueAttributes']],
    );
  }
  if (topics.length > 0) allow(role, 'Publish', topics, ['sns:Publish', 'sns:GetTopicAttributes']);
  if (own.length + topics.length > 0) {
    allow(role, 'UseMessageKey', [messaging.key.keyArn], ['kms:Decrypt', 'kms:GenerateDataKey']);
  }
  if (tables.length > 0) {
    allow(role, 'UseTables', tables.flatMap(withIndexes), [
      ...['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:Scan', 'dynamodb:DescribeTable'],
      ...['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'],
      'dynamodb:ConditionCheckItem',
    ]);
  }
}

function allow(role: IRole, sid: string, resources: string[], actions: string[]): void {
  role.addToPrincipalPolicy(new PolicyStatement({ sid, resources, actions }));
}

/** By name, where `index/*` would be usual: an index that nobody described is not to be read either. */
function withIndexes(table: CfnTable): string[] {
  const indexes = (table.globalSecondaryIndexes ?? []) as readonly { indexName: string }[];
  return [table.attrArn, ...indexes.map(({ indexName }) => `${table.attrArn}/index/${indexName}`)];
}
