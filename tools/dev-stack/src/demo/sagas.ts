import { randomUUID as newId } from 'node:crypto';
import { z } from 'zod';
import type { Style } from '../console/terminal.ts';
import { arrival, deadlineMs } from './arrival.ts';
import { credentialsOf } from './credentials.ts';
import { type EventTap, openEventTap, type SeenEvent } from './event-tap.ts';
import { createPatientClient, expectBody, type PatientClient } from './patient-client.ts';
import { messageIdOf } from './reconciliation.domain.ts';
import { timelineOf, type TimelineRow } from './saga-timeline.domain.ts';
import { systemEnvironment, type SystemEnvironment } from './system-environment.ts';

export interface SagasOptions {
  /** The environment of the running system. */
  env: Readonly<Record<string, string>>;
  print: (line: string) => void;
  style: Style;
  signal?: AbortSignal;
}

/** One tenant that buys a plan, the event with which that ends, and the mail that tells of it. */
interface Purchase {
  readonly tenant: string;
  readonly plan: string;
  readonly story: string;
  readonly endsWith: string;
  readonly mail: string;
}

const purchases: readonly Purchase[] = [
  {
    ...{ tenant: 'Coffee roastery', plan: 'team', story: 'subscribes to the plan "team"' },
    ...{ endsWith: 'subscription.activated', mail: 'subscription-activated' },
  },
  {
    ...{ tenant: 'Tram depot', plan: 'classic', story: 'pays for "classic", which cannot be begun any more' },
    ...{ endsWith: 'charge.reversed', mail: 'charge-reversed' },
  },
];

/**
 * Two sagas through the public API, each printed as a timeline of its events: one ends in `subscription.activated`, the
 * other, whose activation fails, in `charge.reversed`. The tenants are new each time, because a tenant that has a plan
 * cannot buy it again. Throws DemoError when the system does not answer; a saga that does not end within 45 s is said.
 */
export async function runSagas({ env, print, style, signal }: SagasOptions): Promise<void> {
  const system = systemEnvironment(env);
  const clients = { signal, clock: Date.now, random: Math.random };
  const sink = createPatientClient({ ...clients, baseUrl: system.SINK_URL, name: 'The sink' });
  const tap = await openEventTap({ env: system, domains: ['billing', 'subscription'], signal, clock: Date.now });
  try {
    for (const purchase of purchases) {
      const saga = await buy(purchase, { system, tap, signal });
      print(`  The tenant "${purchase.tenant}" ${purchase.story}. Correlation id ${saga.correlationId}:\n`);
      print(style.dim(columns('when', 'who', 'what', 'after its cause', '')));
      for (const line of linesOf(saga)) print(line);
      if (saga.end) print(`\n${await closingLine(saga, saga.end, { purchase, system, sink, style })}\n`);
      else
        print(style.yellow(`\n    No ${purchase.endsWith} within ${deadlineMs / 1000} s; .atlas/logs may say why\n`));
    }
  } finally {
    await tap.close();
  }
}

interface Saga {
  readonly accountId: string;
  readonly correlationId: string;
  /** The request: when it was sent, and what came back after how long. */
  readonly request: { readonly at: string; readonly tookMs: number; readonly status: number };
  readonly rows: readonly TimelineRow[];
  /** The event with which it ended; undefined when that did not come. */
  readonly end: SeenEvent | undefined;
}

const accepted = z.object({ charge_id: z.string(), status_url: z.string() });
const account = z.object({ tenant: z.object({ tenant_id: z.string() }) });

async function buy(
  { tenant, plan, endsWith }: Purchase,
  { system, tap, signal }: { system: SystemEnvironment; tap: EventTap; signal: AbortSignal | undefined },
): Promise<Saga> {
  const { client, accountId } = await signUp(tenant, system, signal);
  const correlationId = newId();
  const body = JSON.stringify({ plan_id: plan, currency: 'EUR', payment_method: 'pm_card_visa' });
  const at = new Date().toISOString();
  const began = performance.now();
  const path = '/billing/charges';
  const answer = await client.send({ method: 'POST', path, body, idempotencyKey: newId(), correlationId });
  const tookMs = performance.now() - began;
  expectBody(answer, `POST ${path}`, accepted, 202);
  const isEnd = ({ event }: SeenEvent) => event === endsWith;
  const events = await tap.follow(correlationId, isEnd, deadlineMs);
  return {
    ...{ accountId, correlationId, rows: timelineOf(events), end: events.find(isEnd) },
    request: { at, tookMs, status: answer.status },
  };
}

async function signUp(
  name: string,
  system: SystemEnvironment,
  signal: AbortSignal | undefined,
): Promise<{ client: PatientClient; accountId: string }> {
  const clients = { signal, clock: Date.now, random: Math.random };
  const client = createPatientClient({ ...clients, baseUrl: system.GATEWAY_URL, name: 'The gateway' });
  const slug = `${name.toLowerCase().replaceAll(' ', '-')}-${newId().slice(0, 8)}`;
  const credentials = credentialsOf({ name, slug }, system.OPERATOR_PASSWORD);
  const body = JSON.stringify({ tenant_name: name, user_name: `${name} owner`, ...credentials });
  const answer = await client.send({ method: 'POST', path: '/tenants', body, idempotencyKey: newId() });
  return { client, accountId: expectBody(answer, 'POST /tenants', account, 201).tenant.tenant_id };
}

function linesOf({ request, rows }: Saga): string[] {
  const { at: requestedAt, status, tookMs } = request;
  const begin = columns(clock(requestedAt), 'gateway', 'POST /billing/charges', '', `${status} after ${ms(tookMs)}`);
  const line = ({ at, who, what, after, detail }: TimelineRow) =>
    columns(clock(at), who, what, ms(after?.ms ?? msBetween(requestedAt, at)), detail);
  return [begin, ...rows.map(line)];
}

async function closingLine(
  { request, accountId }: Saga,
  end: SeenEvent,
  world: { purchase: Purchase; system: SystemEnvironment; sink: PatientClient; style: Style },
): Promise<string> {
  const { purchase, system, sink, style } = world;
  const messageId = messageIdOf(end.id, system.MAIL_FROM, purchase.mail);
  const mail = await arrival(sink, '/api/mail/wait', { message_id: messageId });
  const told = mail ? `the customer's e-mail: ${system.SINK_URL}/mail/${mail.id}` : 'no e-mail yet';
  const took = `${style.bold(end.event)} ${ms(msBetween(request.at, end.timestamp))} after the request`;
  const where = `its history: npx atlas history ${accountId}; the provider's ledger: ${system.PAYMENT_SANDBOX_URL}`;
  return `    ${took}; ${told}\n    ${style.dim(where)}`;
}

function columns(when: string, who: string, what: string, after: string, detail: string): string {
  return `    ${when.padEnd(12)}  ${who.padEnd(12)}  ${what.padEnd(30)}  ${after.padStart(15)}  ${detail}`.trimEnd();
}

/** The time of day of an instant, to the millisecond, UTC. */
const clock = (at: string): string => at.slice(11, 23);
const msBetween = (from: string, to: string): number => Date.parse(to) - Date.parse(from);
const ms = (duration: number): string => `${Math.round(duration)} ms`;
