import { GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { deadLetterQueueName, orderCompleted } from '@atlas/event-contracts';
import { readDeadLetter, resolveQueue } from '@atlas/messaging';
import { eventually, type HttpFake, leakCheck, startHttpFake, startTcpProxy } from '@atlas/testing';
import { type NotificationKit, openNotificationKit, type Service } from '../../test/notification-kit.ts';
import { newTenant } from '../../test/webhook-kit.ts';

const order = (change: object = {}) => ({ ...orderCompleted.versions['1.1'].example, ...change });
const patient = { timeoutMs: 25_000 };
let kit: NotificationKit;
let receiver: HttpFake;
let tenant: string;
const services: Service[] = [];

beforeAll(async () => {
  kit = await openNotificationKit();
  receiver = await startHttpFake();
});
beforeEach(() => {
  tenant = newTenant();
  kit.smtp.behaviour = {};
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
});
afterAll(async () => {
  await kit.close();
  await receiver.close();
});

async function start(options: Parameters<NotificationKit['start']>[0] = {}): Promise<Service> {
  const service = await kit.start(options);
  services.push(service);
  return service;
}
async function givenEndpoint(service: Service): Promise<string> {
  const body = { url: `${receiver.url}/hooks/${tenant}`, events: ['order.completed'] };
  return (await service.as(tenant)('POST', '/webhooks/endpoints', { body })).body.endpoint_id;
}
const mailsOf = (id: string) =>
  kit.smtp.mails.filter((mail) => mail.messageId === `<${id}.order-confirmation@atlas.example>`);
const hooksOf = (id: string) =>
  receiver.requests.filter(({ headers }) => String(headers['webhook-id']).startsWith(`${id}.`));
const feedOf = async (service: Service): Promise<{ event_id: string; title: string; data: object }[]> =>
  (await service.as(tenant)('GET', '/feed?limit=100')).body.items;
const deadLetterQueue = () =>
  resolveQueue({ sqs: kit.sqs, name: deadLetterQueueName(kit.prefix, 'notification', 'order') });

async function deadLetters(): Promise<number> {
  const AttributeNames = ['ApproximateNumberOfMessages' as const];
  const { Attributes } = await kit.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: await deadLetterQueue(), AttributeNames }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages);
}

describe('a completed order', () => {
  it('comes from the topic and becomes a mail, a webhook and a feed entry', async () => {
    const service = await start();
    const endpoint = await givenEndpoint(service);
    const id = await kit.publish('order.completed', order(), tenant);
    await eventually(() => mailsOf(id).length === 1 && hooksOf(id).length === 1, patient);
    const [mail] = mailsOf(id);
    expect(mail).toMatchObject({ to: ['ada@example.com'] });
    expect(mail!.raw).toContain('>0198c5a1-7a10-7b0e-8c1d-5e6f708192a3<');
    expect(mail!.raw).toContain('Content-Type: text/plain');
    expect(mail!.raw).toContain('Content-Type: text/html');
    expect(hooksOf(id)[0]!.headers['webhook-id']).toBe(`${id}.${endpoint}`);
    expect(JSON.parse(hooksOf(id)[0]!.body)).toMatchObject({ type: 'order.completed', data: order() });
    const entries = await eventually(async () => {
      const found = await feedOf(service);
      return found.length > 0 ? found : false;
    });
    expect(entries).toMatchObject([{ event_id: id, data: { total: '37.45', total_cents: 3745, lines: 2 } }]);
  });

  it('has its consequences once, when it comes five times at once to two processes, and again later', async () => {
    const [service] = await Promise.all([start(), start()]);
    await givenEndpoint(service);
    const id = await kit.send('order.completed', order(), tenant, 5);
    await eventually(() => mailsOf(id).length > 0 && hooksOf(id).length > 0, patient);
    const later = await kit.send('order.completed', order(), tenant);
    await eventually(() => mailsOf(later).length > 0 && hooksOf(later).length > 0, patient);
    expect([mailsOf(id).length, hooksOf(id).length]).toEqual([1, 1]);
    expect((await feedOf(service)).map(({ event_id }) => event_id).toSorted()).toEqual([id, later].toSorted());
  });

  it('of many is finished or given back at a stop: each has its consequences once', async () => {
    const first = await start();
    await givenEndpoint(first);
    const ids = await Promise.all(Array.from({ length: 60 }, () => kit.send('order.completed', order(), tenant)));
    await eventually(() => ids.some((id) => mailsOf(id).length > 0), patient);
    await services.shift()!.stop();
    const second = await start();
    await eventually(() => ids.every((id) => mailsOf(id).length > 0 && hooksOf(id).length > 0), patient);
    expect(ids.filter((id) => mailsOf(id).length !== 1 || hooksOf(id).length !== 1)).toEqual([]);
    expect(await feedOf(second)).toHaveLength(60);
  });
});

describe('a mail server', () => {
  it('that is slow delays neither the webhook nor the feed', async () => {
    const release = Promise.withResolvers<undefined>();
    kit.smtp.behaviour = { content: () => release.promise };
    const service = await start();
    await givenEndpoint(service);
    const id = await kit.publish('order.completed', order(), tenant);
    await eventually(async () => hooksOf(id).length === 1 && (await feedOf(service)).length === 1, patient);
    expect(mailsOf(id)).toHaveLength(0);
    release.resolve(undefined);
    await eventually(() => mailsOf(id).length === 1, patient);
  });

  it('that is down makes the service wait and say so; when it is back everything happens, once', async () => {
    const proxy = await startTcpProxy(kit.smtp.url);
    const service = await start({ smtpUrl: proxy.url });
    await givenEndpoint(service);
    const ready = async () => (await service.anonymous('GET', '/health/ready')).body;
    await eventually(async () => (await ready()).status === 'ok');
    await proxy.cut();
    await eventually(async () => (await ready()).checks.smtp.status === 'failed');
    const ids = await Promise.all(Array.from({ length: 5 }, () => kit.publish('order.completed', order(), tenant)));
    expect(ids.flatMap(mailsOf)).toEqual([]);
    await proxy.restore();
    await eventually(() => ids.every((id) => mailsOf(id).length > 0 && hooksOf(id).length > 0), patient);
    await eventually(async () => (await feedOf(service)).length === 5);
    expect(ids.filter((id) => mailsOf(id).length !== 1 || hooksOf(id).length !== 1)).toEqual([]);
    expect(await deadLetters()).toBe(0);
    await services.pop()!.stop();
    await proxy.close();
  });

  it('that greylists a recipient gets that mail later, once, and nothing is dead-lettered', async () => {
    let refusals = 2;
    const recipient = async () => (refusals-- > 0 ? { code: 451, message: 'come back later' } : undefined);
    kit.smtp.behaviour = { recipient };
    const service = await start();
    const id = await kit.publish('order.completed', order(), tenant);
    await eventually(() => mailsOf(id).length === 1, patient);
    await eventually(async () => (await feedOf(service)).length === 1);
    expect(refusals).toBe(-1);
    expect(await deadLetters()).toBe(0);
  });

  it('that refuses the recipient makes a dead letter with its reason, and the other consequences happen', async () => {
    const recipient = async () => ({ code: 550, message: 'no such user here' });
    kit.smtp.behaviour = { recipient };
    const service = await start();
    await givenEndpoint(service);
    const id = await kit.publish('order.completed', order(), tenant);
    await eventually(async () => (await deadLetters()) === 1, patient);
    const { Messages = [] } = await kit.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: await deadLetterQueue(), MessageAttributeNames: ['All'] }),
    );
    expect(JSON.parse(Messages[0]!.Body!)).toMatchObject({ id });
    expect(readDeadLetter(Messages[0]!.MessageAttributes!['DeadLetter']!.StringValue!)).toMatchObject({
      error_class: 'MailRejectedError',
      code: 'MAIL_REJECTED',
      message: expect.stringContaining('no such user here') as string,
      handler: 'onOrderCompleted',
      attempts: 3,
    });
    expect(hooksOf(id)).toHaveLength(1);
    expect(await feedOf(service)).toHaveLength(1);
  });
});

leakCheck();
