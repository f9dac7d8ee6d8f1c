import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { ProvisioningScope } from '@atlas/dev-stack/provision';
import { queueName, services, topicName } from '@atlas/event-contracts';
import { notificationTables } from '@atlas/notification/tables';
import { createDynamoClient, createSnsClient, createSqsClient, ensureTables } from '@atlas/platform';
import { createTestDatabase, leakCheck, type TestDatabase, testPrefix } from '@atlas/testing';
import { ListSubscriptionsByTopicCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { provision } from './provision.ts';

const region = process.env['AWS_REGION']!;
const accountId = process.env['ATLAS_AWS_ACCOUNT_ID']!;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ name: 'empty', migrate: () => Promise.resolve() });
});
afterAll(() => database.drop());

/** One installation of its own. */
function installation() {
  const prefix = testPrefix();
  const scope: ProvisioningScope = { apps: services, region, accountId, prefix, databaseUrl: database.url };
  const run = async (planOnly: boolean) => {
    let said = '';
    const code = await provision(scope, { planOnly, print: (text) => (said += text) });
    return { code, said };
  };
  return { prefix, queue: queueName(prefix, 'notification', 'order'), run };
}

/** Runs the job as Compose does. */
function job(prefix: string, args: string[] = [], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { ...process.env, ATLAS_PREFIX: prefix, DATABASE_URL: database.url, ...env },
    encoding: 'utf8',
  });
}

test('says what it is going to do, does it, finds nothing the second time, and corrects what was changed by hand', async () => {
  const { prefix, queue, run } = installation();
  const planned = await run(true);
  expect(planned.code).toBe(2);
  for (const line of [
    ...[`create queue ${queue}`, `subscribe ${queue} to ${topicName(prefix, 'order')}`],
    ...[`create table ${prefix}-billing-events`, 'run migration 0001-tenants-and-users'],
  ]) {
    expect(planned.said).toContain(`\n  ${line}\n`);
  }
  expect(await run(false)).toEqual({ code: 0, said: `${planned.said}All is as it should be.\n` });
  const nothing = ['topics and queues', 'tables', 'database schema']
    .map((part) => `${part} \\(.*\\)\\n  nothing to change\\n`)
    .join('');
  expect(job(prefix, ['--plan'])).toMatchObject({ status: 0, stdout: expect.stringMatching(`^${nothing}$`) });

  const [sqs, sns] = [createSqsClient({ region }), createSnsClient({ region })];
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
  const deadLetterTargetArn = `arn:aws:sqs:${region}:${accountId}:${queue}-dlq`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 5 });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
  const TopicArn = `arn:aws:sns:${region}:${accountId}:${topicName(prefix, 'order')}`;
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  const { SubscriptionArn } = Subscriptions.find(({ Endpoint }) => Endpoint!.includes('-reporting-'))!;
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  for (const client of [sqs, sns]) client.destroy();
  expect((await run(false)).said).toContain(
    `\n  change queue ${queue}: RedrivePolicy.maxReceiveCount 5 -> 10\n` +
      `  subscribe ${queueName(prefix, 'reporting', 'order')} to ${topicName(prefix, 'order')}\ntables`,
  );
  expect((await run(true)).code).toBe(0);
}, 60_000);

test('what cannot be put right is one readable report, and nothing is changed then', async () => {
  const { prefix, queue } = installation();
  const dynamo = createDynamoClient({ region });
  const { TableName, KeySchema } = notificationTables(prefix)[0]!.table;
  const AttributeName = KeySchema![0]!.AttributeName!;
  const table = {
    ...{ TableName, BillingMode: 'PAY_PER_REQUEST' as const, KeySchema: [{ AttributeName, KeyType: 'HASH' as const }] },
    AttributeDefinitions: [{ AttributeName, AttributeType: 'S' as const }],
  };
  await ensureTables(dynamo, [{ table }]);
  dynamo.destroy();
  const { status, stdout, stderr } = job(prefix);
  expect({ status, stderr }).toEqual({
    status: 78,
    stderr: expect.stringMatching(
      /^\nprovision cannot start\.\n\nThe table \S+ has the key .* cannot be changed.*\n\n$/,
    ),
  });
  expect(stdout).toContain(`\n  create queue ${queue}\n`);
  expect(stdout).toContain(`\n  cannot: The table ${TableName} has the key`);
  const sqs = createSqsClient({ region });
  await expect(sqs.send(new GetQueueUrlCommand({ QueueName: queue }))).rejects.toThrow();
  sqs.destroy();
}, 60_000);

test('what it cannot work with is one readable report', () => {
  const report = /^\nprovision cannot start\.\n\n[\s\S]*DATABASE_URL[^{]*$/;
  expect(job('nothing', [], { DATABASE_URL: 'mysql://nobody' })).toMatchObject({
    ...{ status: 78, stderr: expect.stringMatching(report) },
  });
}, 60_000);

leakCheck();
