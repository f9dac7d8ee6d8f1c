import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { createDocumentClient } from '@atlas/platform';
import { eventually, leakCheck, stackVariable, startTcpProxy, type TcpProxy } from '@atlas/testing';
import {
  envelopesOf,
  newTenant,
  openSubscriptionKit,
  type Service,
  type SubscriptionKit,
} from '../test/subscription-kit.ts';

let kit: SubscriptionKit;
let dynamoProxy: TcpProxy;
let snsProxy: TcpProxy;
let clients: [DynamoDBClient, SNSClient];
let service: Service;
const patient = { timeoutMs: 45_000 };

beforeAll(async () => {
  kit = await openSubscriptionKit();
  dynamoProxy = await startTcpProxy(stackVariable('AWS_ENDPOINT_URL_DYNAMODB'));
  snsProxy = await startTcpProxy(stackVariable('AWS_ENDPOINT_URL'));
  const once = { region: stackVariable('AWS_REGION'), maxAttempts: 1 };
  clients = [
    new DynamoDBClient({ ...once, endpoint: dynamoProxy.url }),
    new SNSClient({ ...once, endpoint: snsProxy.url }),
  ];
  service = await kit.start({ clients: { dynamo: createDocumentClient(clients[0]), sns: clients[1] } });
  // An outage is met while it works: a service that never saw DynamoDB does not begin to consume.
  const first = newTenant();
  await kit.send(...succeeded(first));
  await saidOf(first, 1);
});
afterEach(() => Promise.all([dynamoProxy.restore(), snsProxy.restore()]));
afterAll(async () => {
  await service.stop();
  for (const client of clients) client.destroy();
  await Promise.all([dynamoProxy.close(), snsProxy.close()]);
  await kit.close();
});

const succeeded = (tenantId: string, plan_id = 'team') => {
  const who = { account_id: tenantId, user_id: 'u-ada', user_email: 'ada@example.com' };
  const when = { requested_at: '2026-11-22T08:37:00.123Z', charged_at: '2026-11-22T08:37:01.480Z' };
  const charge = { charge_id: 'ch_1', plan_id, amount: { cents: 14_900, currency: 'EUR' } };
  return envelopesOf('charge.succeeded', { ...charge, ...who, ...when }, { tenantId });
};
const saidOf = (tenant: string, count: number) =>
  eventually(async () => {
    const events = await kit.said(tenant);
    return events.length >= count ? events : false;
  }, patient);
const quiet = () => eventually(async () => (await kit.depth()).waiting === 0, patient);
const paused = (times: number) =>
  eventually(() => service.logs.lines.filter(({ event }) => event === 'consumer_paused').length >= times, patient);

it('DynamoDB away: charges wait without a failure, requests are a 503, and afterwards each charge has one outcome', async () => {
  const tenants = Array.from({ length: 5 }, newTenant);
  await dynamoProxy.cut();
  await kit.send(...tenants.flatMap((tenant) => succeeded(tenant)));
  await paused(1);
  const asked = await service.as(tenants[0]!)('GET', '/subscriptions/current');
  expect(asked).toMatchObject({ status: 503, body: { code: 'DEPENDENCY_UNAVAILABLE' } });
  expect((await service.anonymous('GET', '/health/ready')).status).toBe(503);
  await dynamoProxy.restore();
  for (const tenant of tenants) {
    const [event] = await saidOf(tenant, 1);
    expect(event).toMatchObject({ event: 'subscription.activated', payload: { charge_id: 'ch_1' } });
  }
  await quiet();
  expect((await kit.depth()).dead).toBe(0);
  for (const tenant of tenants) {
    expect(new Set((await kit.said(tenant)).map(({ id }) => id)).size).toBe(1);
    expect(await kit.itemsOf(tenant)).toHaveLength(2);
  }
});

it('SNS away: charges are decided and people are served, and what was decided is told afterwards, once', async () => {
  const tenant = newTenant();
  await snsProxy.cut();
  await kit.send(succeeded(tenant, 'business')[0]!);
  const ask = service.as(tenant);
  await eventually(async () => (await ask('GET', '/subscriptions/current')).status === 200, patient);
  const changed = await ask('POST', '/subscriptions/current/change', { body: { plan_id: 'team' }, key: 'k' });
  expect(changed).toMatchObject({ status: 200, body: { plan_id: 'team', version: 2 } });
  expect((await service.anonymous('GET', '/health/ready')).status).toBe(200);
  expect(await kit.said(tenant)).toEqual([]);
  await snsProxy.restore();
  const events = await saidOf(tenant, 2);
  expect(events.map(({ event }) => event).sort()).toEqual(['subscription.activated', 'subscription.changed']);
  await quiet();
  expect((await kit.depth()).dead).toBe(0);
});

leakCheck();
