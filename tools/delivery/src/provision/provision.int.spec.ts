import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { queueName } from '@atlas/event-contracts';
import { createSqsClient } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';

const prefix = `p${randomUUID().slice(0, 8)}`;
const provision = async (env: Record<string, string> = {}) => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { ...process.env, ATLAS_PREFIX: prefix, ...env },
  });
  return stdout;
};

test('the job makes everything, and a second run finds nothing to do', async () => {
  const first = await provision();
  expect(first).toMatch(/topics and queues: 4 topics.*\ntables: \d+ tables\ndatabase schema: up to date\n/);
  const sqs = createSqsClient({ region: process.env['AWS_REGION']! });
  const QueueName = queueName(prefix, 'notification', 'order');
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  expect(QueueUrl).toContain(QueueName);
  sqs.destroy();
  expect(await provision()).toBe(first);
});

test('what it cannot work with is one readable report', async () => {
  const failed = await provision({ DATABASE_URL: 'mysql://nobody' }).catch(
    (error: unknown) => error as { stderr: string; code: number },
  );
  expect(failed).toMatchObject({
    code: 78,
    stderr: expect.stringMatching(/provision cannot start[\s\S]*DATABASE_URL/),
  });
});

leakCheck();
