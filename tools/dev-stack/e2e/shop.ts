import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createPatientClient, expectStatus, type PatientClient } from '../src/demo/patient-client.ts';
import { messageIdOf, webhookIdOf } from '../src/demo/reconciliation.domain.ts';

/** How often each consequence of one completed order has been seen outside Atlas. */
export interface Copies {
  readonly eventId: string;
  readonly mail: number;
  /** One number per endpoint: accepted requests with this event's webhook-id. */
  readonly webhooks: readonly number[];
  readonly feed: number;
}

/** A tenant of a running system, with webhook endpoints at the sink, seen through the public API only. */
export interface Shop {
  /** Places and completes one order; `key` makes the calls repeatable. Returns the id of its event. */
  order(key: string, email?: string): Promise<string>;
  /** What the outside world and the feed know of these events now. */
  copies(eventIds: readonly string[]): Promise<Copies[]>;
  /** Webhook deliveries that are not decided yet: waiting, or in the hands of a worker. */
  pendingDeliveries(): Promise<number>;
  readonly client: PatientClient;
  readonly email: string;
}

/** Signs up a tenant and registers `endpoints` webhook endpoints (default 1) that point at the sink. */
export async function openShop(
  env: Record<string, string>,
  options: { name: string; endpoints?: number },
): Promise<Shop> {
  const { name, endpoints = 1 } = options;
  const client = createPatientClient({
    baseUrl: env['GATEWAY_URL']!,
    name: 'the gateway',
    clock: Date.now,
    random: Math.random,
    patienceMs: 90_000,
  });
  const post = async (path: string, idempotencyKey: string, body?: object) =>
    expectStatus(
      await client.send({ method: 'POST', path, idempotencyKey, ...(body && { body: JSON.stringify(body) }) }),
      `POST ${path}`,
      200,
      201,
    ).body;

  const email = `owner@${name}.example`;
  await post('/tenants', `${name}-sign-up`, {
    tenant_name: name,
    user_name: 'Ada Lovelace',
    email,
    password: 'correct horse battery staple',
  });
  const hooks = Array.from({ length: endpoints }, (_, index) => `${name}-${index}`);
  const endpointIds: string[] = [];
  for (const hook of hooks) {
    const url = `${env['SINK_URL']}/hooks/${hook}`;
    const made = await post('/webhooks/endpoints', `${hook}-endpoint`, { url, events: ['order.completed'] });
    await fetch(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secret: made.secret }),
    });
    endpointIds.push(made.endpoint_id);
  }

  const lookup = async (path: string, body: object): Promise<Record<string, number>> => {
    const answer = await fetch(`${env['SINK_URL']}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return ((await answer.json()) as { counts: Record<string, number> }).counts;
  };

  return {
    client,
    email,
    async order(key) {
      const draft = await post('/orders', `${name}-${key}-draft`, {
        currency: 'EUR',
        lines: [{ sku: `sku-${key}`, qty: 2, unit_price: '4.95' }],
      });
      const completed = await post(`/orders/${draft.order_id}/complete`, `${name}-${key}-complete`);
      return completed.event_id;
    },
    async pendingDeliveries() {
      const pages = endpointIds.map((endpointId) =>
        client.send({ method: 'GET', path: `/webhooks/endpoints/${endpointId}/deliveries?status=pending&limit=100` }),
      );
      return (await Promise.all(pages)).reduce((sum, { body }) => sum + body.items.length, 0);
    },
    async copies(eventIds) {
      const mailId = (eventId: string) => messageIdOf(eventId, env['MAIL_FROM']!);
      const mails = await lookup('/api/mail/lookup', { message_ids: eventIds.map(mailId) });
      const accepted = await Promise.all(
        hooks.map((hook, index) =>
          lookup(`/api/hooks/${hook}/lookup`, { ids: eventIds.map((id) => webhookIdOf(id, endpointIds[index]!)) }),
        ),
      );
      const feed = await feedCounts(client);
      return eventIds.map((eventId) => ({
        eventId,
        mail: mails[mailId(eventId)] ?? 0,
        webhooks: accepted.map((counts, index) => counts[webhookIdOf(eventId, endpointIds[index]!)] ?? 0),
        feed: feed.get(eventId) ?? 0,
      }));
    },
  };
}

/** Whether every consequence has been seen at least once. */
export function isComplete(copies: readonly Copies[]): boolean {
  return copies.every(({ mail, webhooks, feed }) => mail > 0 && feed > 0 && webhooks.every((count) => count > 0));
}

/** Messages in all dead-letter queues of a system, also those that somebody has received. */
export function deadLetters(env: Record<string, string>): Promise<number> {
  return depth(env, (url) => url.endsWith('-dlq'));
}

/** Messages in all other queues of a system, also those that a consumer has in hand. */
export function messagesIn(env: Record<string, string>): Promise<number> {
  return depth(env, (url) => !url.endsWith('-dlq'));
}

async function depth(env: Record<string, string>, counts: (url: string) => boolean): Promise<number> {
  const sqs = new SQSClient({
    region: env['AWS_REGION']!,
    endpoint: env['AWS_ENDPOINT_URL']!,
    credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID']!, secretAccessKey: env['AWS_SECRET_ACCESS_KEY']! },
    useQueueUrlAsEndpoint: false,
  });
  try {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: env['ATLAS_PREFIX']! }));
    const depths = QueueUrls.filter(counts).map(async (QueueUrl) => {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
      return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
    });
    return (await Promise.all(depths)).reduce((sum, messages) => sum + messages, 0);
  } finally {
    sqs.destroy();
  }
}

async function feedCounts(client: PatientClient): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let cursor: string | null = null, first = true; first || cursor; first = false) {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const { body } = await client.send({ method: 'GET', path: `/feed?limit=100${query}` });
    for (const { event_id } of body.items) counts.set(event_id, (counts.get(event_id) ?? 0) + 1);
    cursor = body.next_cursor;
  }
  return counts;
}
