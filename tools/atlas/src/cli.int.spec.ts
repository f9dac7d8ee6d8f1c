import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { orderCompleted } from '@atlas/event-contracts';
import { deadLetterTables, provisionTopology, resolveQueue } from '@atlas/messaging';
import { createDynamoClient, createSnsClient, createSqsClient, ensureTables } from '@atlas/platform';
import { eventually, leakCheck, stackVariable, testPrefix } from '@atlas/testing';
import { v7 } from 'uuid';
import { runAtlas } from './run-atlas.fixture.ts';

describe('npx atlas', () => {
  const region = stackVariable('AWS_REGION');
  const prefix = testPrefix();
  const sqs = createSqsClient({ region });
  const queue = `${prefix}-notification-order-events`;
  let deadLetterQueueUrl: string;

  beforeAll(async () => {
    const sns = createSnsClient({ region });
    const dynamo = createDynamoClient({ region });
    const accountId = stackVariable('ATLAS_AWS_ACCOUNT_ID');
    await provisionTopology({ sns, sqs, prefix, region, accountId, services: ['notification'] });
    await ensureTables(dynamo, deadLetterTables(prefix));
    deadLetterQueueUrl = await resolveQueue({ sqs, name: `${queue}-dlq` });
    sns.destroy();
    dynamo.destroy();
  });
  afterAll(() => sqs.destroy());

  it('lists, shows, redrives and accounts for dead letters', async () => {
    const ids = await bury(3);
    const list = await run(['dlq', 'list'], { CI: 'true' });
    expect(list).toMatchObject({ code: 0, err: '' });
    expect(list.out).toContain(`${queue}  3 dead letters`);
    expect(list.out).toMatch(/3f2a91c04d11 +3 +order\.completed +E_FULL/);
    const shown = await atlas('dlq', 'peek', '--limit', '1', '--json', '--fingerprint', '3f2a');
    expect(JSON.parse(shown.out)).toMatchObject([{ queue, reason: 'E_FULL', eventType: 'order.completed' }]);
    const dry = await eventually(async () => {
      const answer = await atlas('dlq', 'redrive', '--dry-run');
      return answer.out.startsWith('3 dead letters would be redriven') && answer;
    });
    expect(dry.out).toContain('All of them satisfy the current schema.');
    const redriven = await eventually(async () => {
      const answer = await atlas('dlq', 'redrive', '--json', '--actor', 'ada', '--rate', '100');
      return (JSON.parse(answer.out) as { matched: number }).matched === 3 && answer;
    });
    const { operationId } = JSON.parse(redriven.out) as { operationId: string };
    expect(JSON.parse(redriven.out)).toMatchObject({ done: 3, failed: [] });
    const audit = await atlas('dlq', 'audit');
    expect(audit.out).toMatch(new RegExp(`ada +redrive +finished +matched=3 done=3 failed=0 .*${operationId}`));
    expect((await atlas('dlq', 'audit', operationId)).out.trim().split('\n').toSorted()).toEqual(ids.toSorted());
  }, 60_000);

  it('deletes only after a yes', async () => {
    await bury(2);
    const asked = await atlas('dlq', 'discard');
    expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('--yes')]);
    const done = await atlas('dlq', 'discard', '--yes', '--queue', 'notification-order-events');
    expect([done.code, done.out]).toEqual([0, expect.stringContaining('2 of 2 dead letters discarded')]);
  }, 60_000);

  it.each([
    [['dlq', 'list', '--queue', 'nowhere'], /^There is no queue "nowhere"\. Known: /],
    [['dlq', 'list', '--older-than', 'soon'], /age like 90s/],
    [['dlq', 'bury'], /unknown command 'bury'/],
    [['replay', '--event', 'order.completed'], /required option '--since/],
    [['replay', '--event', 'order.gone', '--since', '1d', '--to', 'x'], /"order\.gone" is not in the event catalogue/],
    [['outbox', 'unpark'], /Give the ids of parked events, or --all\./],
    [['outbox', 'unpark', 'x'], /"x" is not the id of an event\./],
  ])('%j is a mistake that one line explains', async (args, explanation) => {
    const { code, err } = await atlas(...args);
    expect(code).toBe(2);
    expect(err).toMatch(explanation);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('says what is missing in the environment, and what does not answer', async () => {
    expect(await run(['dlq', 'list'], { AWS_REGION: '' })).toMatchObject({
      code: 2,
      err: expect.stringMatching(/AWS_REGION +is missing/),
    });
    const away = await run(['dlq', 'list'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
    expect(away).toMatchObject({ code: 1, err: expect.stringContaining('does not answer') });
    expect(away.err).not.toMatch(/^\s+at /m);
  }, 60_000);

  it.each([[['--help']], [['dlq', '--help']], [['dlq', 'redrive', '--help']], [['replay', '--help']]])(
    '%j explains itself',
    async (args) => {
      const { code, out } = await atlas(...args);
      expect([code, out]).toEqual([0, expect.stringContaining('Usage: atlas')]);
    },
  );

  const atlas = (...args: string[]) => run(args, {});

  const run = (args: string[], env: Record<string, string>) => runAtlas(args, { ATLAS_PREFIX: prefix, ...env });

  async function bury(count: number): Promise<string[]> {
    const at = new Date(Date.now() - 1).toISOString();
    const letter = {
      ...{
        error_class: 'Error',
        code: 'E_FULL',
        message: 'mailbox full',
        stack_digest: '',
        fingerprint: '3f2a91c04d11',
      },
      ...{ handler: 'onOrderCompleted', service: 'notification', queue, attempts: 3, trace_id: '' },
      ...{ first_failed_at: at, last_failed_at: at, event_type: 'order.completed' },
    };
    const ids = Array.from({ length: count }, () => v7());
    const Entries = ids.map((id, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify({
        ...{
          id,
          event: 'order.completed',
          version: '1.1',
          timestamp: at,
          source: 'gateway',
          tenant_id: 't',
          subject: 's',
        },
        ...{ sequence: 1, correlation_id: 'c', causation_id: 'c', payload: orderCompleted.versions['1.1'].example },
      }),
      MessageAttributes: { DeadLetter: { DataType: 'String', StringValue: JSON.stringify(letter) } },
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: deadLetterQueueUrl, Entries }));
    return ids;
  }
});

leakCheck();
