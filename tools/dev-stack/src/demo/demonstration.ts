import { randomUUID as newId } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { arrival, deadlineMs } from './arrival.ts';
import { dayOf } from './day-revenue.domain.ts';
import { checkDayRevenue, lacksHistory } from './day-revenue.ts';
import { openDemoTenant } from './demo-tenant.ts';
import type { DemoTenant } from './demo-tenant.ts';
import { createPatientClient, expectBody } from './patient-client.ts';
import type { PatientClient } from './patient-client.ts';
import { feedPage } from './observation.ts';
import { messageIdOf, webhookIdOf } from './reconciliation.domain.ts';
import { sampleOrder } from './sample-orders.domain.ts';
import { systemEnvironment } from './system-environment.ts';
import type { SystemEnvironment } from './system-environment.ts';

export interface DemonstrationOptions {
  /** The environment of the running system. */
  env: Readonly<Record<string, string>>;
  /** Prints one line. */
  print: (line: string) => void;
  signal?: AbortSignal;
}

const tenantName = { name: 'Tea house', slug: 'tea-house' };
/** A sample with three lines. */
const sampleNumber = 8;
const feedPauseMs = 5;

/** What was shown, for what is shown of it later. */
export interface Demonstrated {
  readonly tenant: DemoTenant;
  readonly name: string;
  /** The day (UTC) on which the order was completed. */
  readonly day: string;
  /** Reporting had counted nothing before, in a system that has a past: the sums cannot be equal yet. */
  readonly lacksHistory: boolean;
}

/**
 * One order through the public API: who places it, how long its completion takes, and when e-mail, webhook, feed entry and
 * the revenue with it are there. The one tenant is signed up at the first start and used again at every later one. Throws
 * DemoError when the system does not answer, and REVENUE_DIFFERS when the revenue of the day is not the sum of its orders;
 * any other consequence that does not come within 45 s is said and is no error.
 */
export async function runDemonstration({ env, print, signal }: DemonstrationOptions): Promise<Demonstrated> {
  const system = systemEnvironment(env);
  const clients = { signal, clock: Date.now, random: Math.random };
  const sink = createPatientClient({ ...clients, baseUrl: system.SINK_URL, name: 'The sink' });
  const tenant = await openDemoTenant(tenantName, {
    ...clients,
    urls: { gatewayUrl: system.GATEWAY_URL, sinkUrl: system.SINK_URL },
    systemSecret: system.OPERATOR_PASSWORD,
    sink,
    newId,
  });
  print(`  An order of the tenant "${tenantName.name}", through the public API at ${system.GATEWAY_URL}:\n`);
  const isNewReporting = !tenant.isNew && (await lacksHistory(tenant.client));
  const order = await completeOrder(tenant.client);
  print(row('order completed', `in ${ms(order.tookMs)}`, `${order.total} ${order.currency}, order ${order.id}`));
  const waits = { system, sink, tenant, order, signal };
  const consequences = [mailOf(waits), webhookOf(waits), feedEntryOf(waits)];
  const found = await Promise.all(isNewReporting ? consequences : [...consequences, revenueOf(waits)]);
  for (const [name, consequence] of found) {
    const where = consequence ? consequence.url : `not within ${deadlineMs / 1000} s; .atlas/logs may say why`;
    print(row(name, consequence ? `after ${ms(Math.max(0, consequence.at - order.completedAt))}` : '—', where));
  }
  print(`\n  The feed needs a session:  curl --cookie '${tenant.client.cookie()}' ${feedUrl(system)}\n`);
  return { tenant, name: tenantName.name, day: order.day, lacksHistory: isNewReporting };
}

interface CompletedOrder {
  id: string;
  eventId: string;
  total: string;
  currency: string;
  tookMs: number;
  /** When the answer "completed" was there, in epoch milliseconds. */
  completedAt: number;
  /** The day of its completion, UTC. */
  day: string;
}

const placedOrder = z.object({ order_id: z.string() });
const completedOrder = z.object({
  ...{ event_id: z.string(), total: z.string(), currency: z.string(), completed_at: z.string() },
});

async function completeOrder(client: PatientClient): Promise<CompletedOrder> {
  const body = JSON.stringify(sampleOrder(sampleNumber));
  const placed = await client.send({ method: 'POST', path: '/orders', body, idempotencyKey: newId() });
  const { order_id: id } = expectBody(placed, 'POST /orders', placedOrder, 201);
  const path = `/orders/${id}/complete`;
  const startedAt = performance.now();
  const answer = await client.send({ method: 'POST', path, idempotencyKey: newId() });
  const completed = expectBody(answer, `POST ${path}`, completedOrder, 200);
  const { event_id: eventId, total, currency } = completed;
  const tookMs = performance.now() - startedAt;
  return { id, eventId, total, currency, tookMs, completedAt: answer.at, day: dayOf(completed.completed_at) };
}

interface Wait {
  system: SystemEnvironment;
  sink: PatientClient;
  tenant: DemoTenant;
  order: CompletedOrder;
  signal: AbortSignal | undefined;
}
/** When it was there, and where to look at it; undefined when it did not come in time. */
type Found = [name: string, consequence: { at: number; url: string } | undefined];

async function mailOf({ system, sink, order }: Wait): Promise<Found> {
  const messageId = messageIdOf(order.eventId, system.MAIL_FROM);
  const mail = await arrival(sink, '/api/mail/wait', { message_id: messageId });
  return ['e-mail', mail ? { at: Date.parse(mail.received_at), url: `${system.SINK_URL}/mail/${mail.id}` } : undefined];
}

async function webhookOf({ system, sink, tenant, order }: Wait): Promise<Found> {
  const webhookId = webhookIdOf(order.eventId, tenant.endpointId);
  const delivery = await arrival(sink, `/api/hooks/${tenant.hook}/wait`, { webhook_id: webhookId });
  if (!delivery) return ['webhook', undefined];
  const url = `${system.SINK_URL}/hooks/${tenant.hook}?id=${delivery.id}`;
  return ['webhook', { at: Date.parse(delivery.received_at), url }];
}

/** The API has no way to wait for an entry, so the feed is read over and over; the answer's time is the entry's. */
async function feedEntryOf({ system, tenant, order, signal }: Wait): Promise<Found> {
  const deadline = Date.now() + deadlineMs;
  while (Date.now() < deadline && !signal?.aborted) {
    const page = await tenant.client.send({ method: 'GET', path: '/feed?limit=5' });
    const { items } = expectBody(page, 'GET /feed', feedPage, 200);
    if (items.some(({ event_id }) => event_id === order.eventId)) {
      return ['feed entry', { at: page.at, url: feedUrl(system) }];
    }
    await delay(feedPauseMs, undefined, { signal });
  }
  return ['feed entry', undefined];
}

async function revenueOf({ system, tenant, order, signal }: Wait): Promise<Found> {
  const { readAt } = await checkDayRevenue(tenant.client, { day: order.day, signal });
  return ['revenue', { at: readAt, url: `${system.GATEWAY_URL}/reports/revenue` }];
}

function feedUrl({ GATEWAY_URL }: SystemEnvironment): string {
  return `${GATEWAY_URL}/feed`;
}

function row(name: string, time: string, detail: string): string {
  return `    ${name.padEnd(18)}${time.padEnd(16)}${detail}`;
}

function ms(duration: number): string {
  return `${Math.round(duration)} ms`;
}
