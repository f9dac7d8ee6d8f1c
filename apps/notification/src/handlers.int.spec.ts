import { eventCatalogue, topology } from '@atlas/event-contracts';
import { eventually, type HttpFake, leakCheck, startHttpFake } from '@atlas/testing';
import { type NotificationKit, openNotificationKit, type Service } from '../test/notification-kit.ts';
import { newTenant } from '../test/webhook-kit.ts';
import { createDynamoContacts } from './contacts/dynamo-contacts.ts';

const types = topology.consumers.notification.map((key) => key.slice(0, key.lastIndexOf('.')));
let kit: NotificationKit;
let service: Service;
let receiver: HttpFake;

beforeAll(async () => {
  kit = await openNotificationKit();
  receiver = await startHttpFake();
  service = await kit.start();
});
afterAll(async () => {
  await service.stop();
  await kit.close();
  await receiver.close();
});

const exampleOf = (type: string) => {
  const { versions } = eventCatalogue.find((definition) => definition.type === type)!;
  return Object.values(versions).at(-1)!.example;
};

it.each(types)('%s becomes a mail to the person, a webhook and a feed entry', async (type) => {
  const tenant = newTenant();
  const ask = service.as(tenant);
  await ask('POST', '/webhooks/endpoints', { body: { url: receiver.url, events: [type] } });
  const id = await kit.publish(type as (typeof eventCatalogue)[number]['type'], exampleOf(type), tenant);
  const mail = await eventually(() => kit.smtp.mails.find(({ messageId }) => messageId.startsWith(`<${id}.`)) ?? false);
  expect(mail.to).toEqual(['ada@example.com']);
  const hook = await eventually(
    () => receiver.requests.find(({ headers }) => String(headers['webhook-id']).startsWith(`${id}.`)) ?? false,
  );
  expect(JSON.parse(hook.body)).toMatchObject({ type, data: exampleOf(type) });
  const [entry] = await eventually(async () => {
    const { items } = (await ask('GET', '/feed')).body as { items: Record<string, unknown>[] };
    return items.length > 0 ? items : false;
  });
  expect(entry).toMatchObject({ event_id: id, type, title: expect.stringMatching(/\S/) as string });
});

it('remembers who owns a tenant, for news that have no event', async () => {
  const tenant = newTenant();
  const contacts = createDynamoContacts({ dynamo: kit.dynamo, tableName: kit.tables.contacts });
  const example = exampleOf('user.registered');
  await kit.publish('user.registered', { ...example, tenant_id: tenant, role: 'owner' }, tenant);
  await kit.publish('user.registered', { ...example, tenant_id: tenant, user_id: 'u-2', role: 'member' }, tenant);
  const owners = await eventually(async () => {
    const found = await contacts.owners(tenant);
    return found.length > 0 ? found : false;
  });
  expect(owners).toEqual([expect.objectContaining({ tenantId: tenant, email: 'ada@example.com', role: 'owner' })]);
});

leakCheck();
