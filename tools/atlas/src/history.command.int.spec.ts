import { PassThrough } from 'node:stream';
import { type AccountEvent, accountEvents } from '@atlas/billing/domain';
import { billingTableNames, billingTables } from '@atlas/billing/tables';
import { createDynamoEventStore } from '@atlas/event-store';
import { createDocumentClient, createDynamoClient, createSqsClient, ensureTables } from '@atlas/platform';
import { leakCheck, stackVariable, testPrefix } from '@atlas/testing';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { parseEnvelope } from '@atlas/event-contracts';
import { deadLetterTables } from '@atlas/messaging';
import { v7 } from 'uuid';
import { createProgram } from './program.ts';
import { runAtlas } from './run-atlas.fixture.ts';
import { createSession } from './session.ts';
import { createTerminal } from './terminal.ts';

const about = (chargeId: string, account: string) => ({
  ...{ charge_id: chargeId, account_id: account, plan_id: 'classic', amount_cents: 2900, currency: 'EUR' },
  ...{ user_id: 'user-1', user_email: 'ada@example.com', requested_at: '2026-11-22T08:37:00.123Z' },
});

/** A charge whose activation failed and whose money went back. */
function reversedCharge(chargeId: string, account: string): AccountEvent[] {
  const charge = about(chargeId, account);
  const [charged_at, reversed_at, reason] = ['2026-11-22T08:37:01.000Z', '2026-11-22T08:37:02.000Z', 'plan_retired'];
  const reference = { provider_reference: 'pi_1' };
  return [
    { type: 'charge.requested', payload: { ...charge, payment_method: 'pm_card_visa' } },
    { type: 'charge.succeeded', payload: { ...charge, ...reference, charged_at, noted_at: charged_at } },
    { type: 'reversal.requested', payload: { ...charge, ...reference, reason } },
    { type: 'charge.reversed', payload: { ...charge, reason, reversed_at, refund_reference: 're_1' } },
  ];
}

describe('npx atlas history', () => {
  const prefix = testPrefix();
  const client = createDynamoClient({ region: stackVariable('AWS_REGION') });
  const store = createDynamoEventStore({
    ...{ dynamo: createDocumentClient(client), tableName: billingTableNames(prefix).events, kind: 'BILLING' },
    ...{ types: accountEvents, source: 'billing', clock: () => new Date(), newId: v7 },
  });
  const atlas = (...args: string[]) => runAtlas(['history', ...args], { ATLAS_PREFIX: prefix });

  beforeAll(() => ensureTables(client, billingTables(prefix)));
  afterAll(() => client.destroy());

  it('tells what happened, in order, who did it and why, and where each charge is now', async () => {
    const account = v7();
    const origin = { actor: 'user-1', correlationId: 'request-1', causationId: 'request-1' };
    const events = reversedCharge('ch_1', account);
    await store.append(account, 0, events.slice(0, 1), origin);
    await store.append(account, 1, events.slice(1), { ...origin, actor: 'billing', causationId: 'message-1' });
    await store.append(account, 4, reversedCharge('ch_2', account).slice(0, 1), origin);
    const { code, out, err } = await atlas(account);
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n').filter((line) => /^ *\d+ +\d{4}-/.test(line));
    expect(
      lines.map((line) =>
        line
          .trim()
          .split(/ +/)
          .filter((_, column) => column !== 1),
      ),
    ).toEqual([
      ['1', 'charge.requested', 'user-1', 'request-1', 'request-1'],
      ['2', 'charge.succeeded', 'billing', 'request-1', 'message-1'],
      ['3', 'reversal.requested', 'billing', 'request-1', 'message-1'],
      ['4', 'charge.reversed', 'billing', 'request-1', 'message-1'],
      ['5', 'charge.requested', 'user-1', 'request-1', 'request-1'],
    ]);
    expect(out).toContain('refund_reference=re_1');
    expect(out).toMatch(/ch_1 +classic +EUR\s29\.00 +reversed +plan_retired\n +ch_2 +classic +EUR\s29\.00 +requested/);
    const one = JSON.parse((await atlas(account, '--charge', 'ch_1', '--limit', '2', '--json')).out) as {
      facts: { type: string }[];
      charges: unknown[];
    };
    expect(one.facts.map(({ type }) => type)).toEqual(['reversal.requested', 'charge.reversed']);
    expect(one.charges).toMatchObject([{ chargeId: 'ch_1', status: 'reversed' }]);
  }, 180_000);

  it('is what a consumer that comes years later gets: replay reads the streams, which forget nothing', async () => {
    const [account, sqs] = [v7(), createSqsClient({ region: stackVariable('AWS_REGION') })];
    const recorded = await store.append(account, 0, reversedCharge('ch_9', account));
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${prefix}-late` }));
    const replay = (...args: string[]) =>
      runAtlas(
        [
          'replay',
          '--event',
          'charge.succeeded',
          '--from',
          'streams',
          '--since',
          '1h',
          '--to',
          `${prefix}-late`,
          ...args,
        ],
        { ATLAS_PREFIX: prefix },
      );
    await ensureTables(client, deadLetterTables(prefix));
    const counted = JSON.parse((await replay('--dry-run', '--json')).out) as { total: number };
    const sent = JSON.parse((await replay('--json')).out) as { sent: number };
    expect([counted.total, sent.sent]).toEqual([4, 4]);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    const said = Messages.map(({ Body }) => parseEnvelope(Body!).envelope).filter(
      ({ tenant_id }) => tenant_id === account,
    );
    expect(said.map(({ id, version }) => [id, version]).toSorted()).toEqual([
      [recorded[1]!.id, '1.0'],
      [recorded[1]!.id, '2.0'],
    ]);
    expect(JSON.stringify(said)).not.toContain('pi_1');
    expect((await replay('--major', '2')).out).toContain('2 of 2 events sent');
    const orders = await runAtlas(
      ['replay', '--event', 'order.completed', '--from', 'streams', '--since', '1h', '--to', `${prefix}-late`],
      { ATLAS_PREFIX: prefix },
    );
    expect([orders.code, orders.err]).toEqual([2, expect.stringContaining('Only billing keeps streams')]);
    sqs.destroy();
  }, 180_000);

  it('is not what a consumer gets from a replay that was ended early, which says so, fails, and is in the audit', async () => {
    const sqs = createSqsClient({ region: stackVariable('AWS_REGION') });
    await sqs.send(new CreateQueueCommand({ QueueName: `${prefix}-ended` }));
    await ensureTables(client, deadLetterTables(prefix));
    await store.append(v7(), 0, reversedCharge('ch_7', v7()));
    const env = () => ({ ...process.env, ATLAS_PREFIX: prefix });
    const session = createSession({ env, newId: v7, signal: AbortSignal.abort() });
    const [said, fail] = [[] as string[], jest.fn()];
    // Not those of this process: to look at its standard input opens it.
    const nowhere = new PassThrough() as unknown as NodeJS.ReadStream & NodeJS.WriteStream;
    const streams = createTerminal({ stdin: nowhere, stdout: nowhere, stderr: nowhere });
    const terminal = { ...streams, out: (text: string) => void said.push(text) };
    const replay = createProgram({ session, terminal, fail }).parseAsync(
      ['replay', '--event', 'charge.succeeded', '--from', 'streams', '--since', '1h', '--to', `${prefix}-ended`],
      { from: 'user' },
    );
    await replay.finally(() => session.close());
    expect(fail).toHaveBeenCalled();
    expect(said.join('\n')).toMatch(/^0 of \d+ events sent .*\n.*It ended before \d+ events\. Run it again/);
    const { out } = await runAtlas(['dlq', 'audit'], { ATLAS_PREFIX: prefix });
    expect(out).toMatch(/replay +failed/);
    sqs.destroy();
  }, 180_000);

  it('is complete, however long it is', async () => {
    const account = v7();
    for (let version = 0; version < 630; version += 90) {
      const requests = Array.from({ length: 90 }, (_, i) => reversedCharge(`ch_${version + i}`, account)[0]!);
      await store.append(account, version, requests);
    }
    const { facts, charges } = JSON.parse((await atlas(account, '--json')).out) as Record<
      string,
      { version: number }[]
    >;
    expect(facts!.map(({ version }) => version)).toEqual(Array.from({ length: 630 }, (_, i) => i + 1));
    expect(charges).toHaveLength(630);
  }, 180_000);

  it('says so when there is nothing, or no billing', async () => {
    expect(await atlas('nobody')).toMatchObject({
      code: 0,
      out: 'Nothing has happened to the money of the account "nobody".\n',
    });
    const elsewhere = await runAtlas(['history', 'nobody'], { ATLAS_PREFIX: testPrefix() });
    expect([elsewhere.code, elsewhere.err]).toEqual([2, expect.stringContaining('is billing deployed')]);
  }, 180_000);
});

leakCheck();
