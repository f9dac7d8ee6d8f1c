import type { ServerResponse } from 'node:http';
import { orderCompleted } from '@atlas/event-contracts';
import { eventually, type HttpFake, leakCheck, startHttpFake } from '@atlas/testing';
import { type NotificationKit, openNotificationKit, type Service } from '../test/notification-kit.ts';
import { createTestClock } from '../test/test-clock.ts';
import { newTenant, openWebhookKit, orderEvent, type WebhookKit } from '../test/webhook-kit.ts';

describe('the budget of the mail provider', () => {
  let kit: NotificationKit;
  const replicas: Service[] = [];
  /** Mails that the provider has and has not accepted yet. */
  const held: (() => void)[] = [];
  const most = { atOnce: 0 };

  beforeAll(async () => {
    kit = await openNotificationKit();
    kit.smtp.behaviour = {
      content: async () => {
        const accepted = Promise.withResolvers<undefined>();
        held.push(() => accepted.resolve(undefined));
        most.atOnce = Math.max(most.atOnce, held.length);
        return accepted.promise;
      },
    };
    for (let replica = 0; replica < 2; replica += 1) replicas.push(await kit.start({ config: { MAIL_BUDGET: 3 } }));
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await kit.close();
  });

  it('holds over all replicas, and every mail is sent in its turn', async () => {
    const tenant = newTenant();
    const { example } = orderCompleted.versions['1.1'];
    const send = (index: number) =>
      kit.send('order.completed', { ...example, user_email: `b${index}@example.com` }, tenant);
    await Promise.all(Array.from({ length: 12 }, (_, index) => send(index)));
    for (let sent = 0; sent < 12; sent += 1) {
      // As many at a time as there are slots, as long as there are as many mails left.
      await eventually(() => held.length === Math.min(3, 12 - sent));
      held.shift()!();
    }
    await eventually(() => kit.smtp.mails.length === 12);
    expect(new Set(kit.smtp.mails.flatMap(({ to }) => to)).size).toBe(12);
    expect(most.atOnce).toBe(3);
  });
});

describe('the budget of a webhook host', () => {
  let kit: WebhookKit;
  let receiver: HttpFake;
  const held: ServerResponse[] = [];
  const most = { atOnce: 0 };

  beforeAll(async () => {
    kit = await openWebhookKit();
    receiver = await startHttpFake((_request, response) => {
      held.push(response);
      most.atOnce = Math.max(most.atOnce, held.length);
    });
  });
  afterAll(async () => {
    await kit.stopReplicas();
    await kit.close();
    await receiver.close();
  });

  it('holds over all replicas and tenants, and waiting is neither a failure nor a try', async () => {
    const tenants = [newTenant(), newTenant(), newTenant()];
    const endpoints = await Promise.all(tenants.map((tenant) => kit.endpoint(tenant, `${receiver.url}/${tenant}`)));
    // Time passes only in the rows: who has to wait is due again when the next sweep comes.
    const clock = createTestClock();
    const replicas = [kit.replica({ clock, budget: 2 }), kit.replica({ clock, budget: 2 })];
    await Promise.all(
      tenants.flatMap((tenant, index) => [0, 1, 2].map(() => replicas[index % 2]!.fanOut(orderEvent(tenant)))),
    );
    for (let answered = 0; answered < 9; answered += 1) {
      await eventually(
        () => {
          clock.advance(100);
          return held.length === Math.min(2, 9 - answered);
        },
        { timeoutMs: 20_000 },
      );
      held.shift()!.end();
    }
    const rows = await eventually(async () => {
      const all = (await Promise.all(endpoints.map((endpoint) => kit.deliveriesOf(endpoint)))).flat();
      return all.every(({ status }) => status === 'delivered') && all;
    });
    expect(rows).toHaveLength(9);
    expect(rows.map(({ attempts }) => attempts.length)).toEqual(Array(9).fill(1));
    expect(most.atOnce).toBe(2);
  });
});

leakCheck();
