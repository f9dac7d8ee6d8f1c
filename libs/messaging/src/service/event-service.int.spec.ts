import type { HandlersFor } from '@atlas/event-contracts';
import { SetupError, tenantTable } from '@atlas/platform';
import { eventually, leakCheck } from '@atlas/testing';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoOutboxTable } from '../dynamo-outbox/outbox-table.ts';
import type { DynamoOutbox, DynamoTransaction } from '../dynamo-outbox/dynamo-outbox.ts';
import { createConsumingService, type ServiceParts } from './consuming-service.ts';
import { createEventService, type EventServiceDeps } from './event-service.ts';
import { envelopesOf, newTenant, openServiceKit, testEnvironment } from './service-kit.fixture.ts';

const namesOf = (prefix: string) => ({ facts: `${prefix}-facts`, outbox: `${prefix}-outbox` });
const tablesOf = (prefix: string) => [tenantTable(namesOf(prefix).facts), dynamoOutboxTable(namesOf(prefix).outbox)];
const patient = { timeoutMs: 40_000 };
let kit: Awaited<ReturnType<typeof openServiceKit>>;

beforeAll(async () => {
  kit = await openServiceKit('subscription', tablesOf);
});
afterAll(() => kit.close());

const ignore = () => Promise.resolve();
const handlers: HandlersFor<'subscription'> = {
  'user.registered.v1': ignore,
  'charge.succeeded.v1': ignore,
  'charge.succeeded.v2': ignore,
  'charge.reversed.v1': ignore,
};

interface Wish extends Partial<ServiceParts<'subscription'>> {
  readonly tables?: ReturnType<typeof namesOf>;
  readonly onOutbox?: (outbox: DynamoOutbox) => void;
}

const serviceOf =
  ({ tables = namesOf(kit.prefix), onOutbox, ...parts }: Wish) =>
  (deps: EventServiceDeps) =>
    createEventService({
      ...deps,
      service: 'subscription',
      config: testEnvironment(kit.prefix),
      listen: { port: 0, host: '127.0.0.1' },
      tables,
      facts: tables.facts,
      parts({ outbox }) {
        onOutbox?.(outbox);
        return { handlers, routers: [], ...parts };
      },
    });

function registered(tenantId: string) {
  const person = { user_id: 'u', user_email: 'u@example.com', user_name: 'U', role: 'owner' as const };
  return envelopesOf('user.registered', { ...person, tenant_id: tenantId, tenant_name: 'T' }, { tenantId })[0]!;
}

it('answers, publishes what it commits, consumes what it is sent', async () => {
  const tenant = newTenant();
  const heard: string[] = [];
  let outbox!: DynamoOutbox;
  const running = await kit.run(
    serviceOf({
      onOutbox: (made) => (outbox = made),
      handlers: { ...handlers, 'user.registered.v1': async ({ tenant_id }) => void heard.push(tenant_id) },
    }),
  );
  expect((await running.anonymous('GET', '/health/ready')).status).toBe(200);
  await kit.send(registered(tenant));
  await eventually(() => heard.includes(tenant), patient);
  const tx: DynamoTransaction = [];
  outbox.add(tx, [
    {
      type: 'subscription.activation_failed',
      payload: {
        account_id: tenant,
        plan_id: 'p',
        charge_id: 'c',
        reason: 'r',
        requested_at: new Date().toISOString(),
      },
      meta: { tenantId: tenant, subject: 'c', sequence: 1 },
    },
  ]);
  await kit.dynamo.send(new TransactWriteCommand({ TransactItems: tx }));
  outbox.committed(tx);
  const said = await eventually(async () => nonEmpty(await kit.said(tenant)), patient);
  expect(said[0]).toMatchObject({ event: 'subscription.activation_failed', source: 'subscription' });
  await running.stop();
});

it('answers, but does not consume, until it can', async () => {
  const tenant = newTenant();
  const handledWhile: boolean[] = [];
  const asked = Promise.withResolvers<void>();
  let can = false;
  const running = await kit.run(
    serviceOf({
      async canConsume() {
        asked.resolve();
        return can;
      },
      handlers: { ...handlers, 'user.registered.v1': async () => void handledWhile.push(can) },
    }),
  );
  await kit.send(registered(tenant));
  await asked.promise;
  expect((await running.anonymous('GET', '/health/ready')).status).toBe(200);
  expect((await kit.depth()).waiting).toBe(1);
  can = true;
  await eventually(() => handledWhile.length > 0, patient);
  expect(handledWhile).toEqual([true]);
  await running.stop();
});

it('begins its background work last, and closes what is its own after everything else', async () => {
  const steps: string[] = [];
  const running = await kit.run(
    serviceOf({
      background: {
        start: () => void steps.push('background starts'),
        stop: async () => void steps.push('background stops'),
      },
      close: async () => void steps.push('closed'),
    }),
  );
  expect(steps).toEqual(['background starts']);
  await running.stop();
  expect(steps).toEqual(['background starts', 'background stops', 'closed']);
});

it('ends what works unasked while requests are still answered, when it publishes nothing', async () => {
  const tables = { facts: namesOf(kit.prefix).facts };
  let meanwhile: number | undefined;
  const background = {
    start: () => {},
    stop: async () => void (meanwhile = (await running.anonymous('GET', '/health/ready')).status),
  };
  const running = await kit.run((deps) =>
    createConsumingService({
      ...deps,
      ...{ service: 'subscription', config: testEnvironment(kit.prefix), listen: { port: 0, host: '127.0.0.1' } },
      ...{ tables, facts: tables.facts, parts: { handlers, routers: [], background } },
    }),
  );
  await running.stop();
  expect(meanwhile).toBe(503);
});

it('says what is missing when a table does not exist', async () => {
  const tables = { ...namesOf(kit.prefix), facts: `${kit.prefix}-nothing` };
  await expect(kit.run(serviceOf({ tables }))).rejects.toThrow(SetupError);
});

const nonEmpty = <T>(items: T[]) => (items.length > 0 ? items : false);

leakCheck();
