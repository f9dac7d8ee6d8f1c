import { randomUUID as newId } from 'node:crypto';
import { z } from 'zod';
import type { Style } from '../console/terminal.ts';
import { credentialsOf } from './credentials.ts';
import { type EventTap, openEventTap } from './event-tap.ts';
import { createPatientClient, expectBody, type PatientClient } from './patient-client.ts';
import { timelineOf, type TimelineRow } from './saga-timeline.domain.ts';
import { systemEnvironment, type SystemEnvironment } from './system-environment.ts';

export interface SagasOptions {
  /** The environment of the running system. */
  env: Readonly<Record<string, string>>;
  print: (line: string) => void;
  style: Style;
  signal?: AbortSignal;
}

/** One tenant that buys a plan, and the event with which that ends. */
interface Purchase {
  readonly tenant: string;
  readonly plan: string;
  readonly what: string;
  readonly endsWith: string;
}

const purchases: readonly Purchase[] = [
  { tenant: 'Coffee roastery', plan: 'team', what: 'subscribes to', endsWith: 'subscription.activated' },
  {
    tenant: 'Tram depot',
    plan: 'classic',
    what: 'pays for a plan that was retired a moment ago:',
    endsWith: 'charge.reversed',
  },
];

/** A message whose handler was killed is visible again after 30 s. */
const deadlineMs = 45_000;

/**
 * Two sagas through the public API, each printed as a timeline of its events: one ends in `subscription.activated`, the
 * other, whose activation fails, in `charge.reversed`. The tenants are new each time, because a tenant that has a plan
 * cannot buy it again. Throws DemoError when the system does not answer; a saga that does not end within 45 s is said.
 */
export async function runSagas({ env, print, style, signal }: SagasOptions): Promise<void> {
  const system = systemEnvironment(env);
  const tap = await openEventTap({ env: system, domains: ['billing', 'subscription'], signal, clock: Date.now });
  try {
    for (const purchase of purchases) {
      const saga = await buy(purchase, { system, tap, signal });
      print(`  "${purchase.tenant}" ${purchase.what} ${style.bold(purchase.plan)}; all of it has one correlation id:`);
      print(`  ${style.dim(saga.correlationId)}\n`);
      for (const line of linesOf(saga)) print(line);
      const end = saga.rows.at(-1);
      if (end?.what === purchase.endsWith) print(style.dim(`    ${tookOf(saga)} from the request to the last event\n`));
      else
        print(
          style.yellow(
            `    ${purchase.endsWith} did not come within ${deadlineMs / 1000} s; .atlas/logs may say why\n`,
          ),
        );
    }
    if (system.PAYMENT_SANDBOX_URL)
      print(style.dim(`  The ledger of the payment provider: ${system.PAYMENT_SANDBOX_URL}\n`));
  } finally {
    await tap.close();
  }
}

interface Saga {
  readonly correlationId: string;
  /** The request: when it was sent, how long its answer took, and what it was. */
  readonly request: { readonly at: string; readonly tookMs: number; readonly status: number };
  readonly rows: readonly TimelineRow[];
}

const accepted = z.object({ charge_id: z.string(), status_url: z.string() });

async function buy(
  { tenant, plan, endsWith }: Purchase,
  { system, tap, signal }: { system: SystemEnvironment; tap: EventTap; signal: AbortSignal | undefined },
): Promise<Saga> {
  const client = await signUp(tenant, system, signal);
  const correlationId = newId();
  const body = JSON.stringify({ plan_id: plan, currency: 'EUR', payment_method: 'pm_card_visa' });
  const startedAt = Date.now();
  const began = performance.now();
  const answer = await client.send({
    method: 'POST',
    path: '/billing/charges',
    body,
    idempotencyKey: newId(),
    correlationId,
  });
  const tookMs = performance.now() - began;
  expectBody(answer, 'POST /billing/charges', accepted, 202);
  const events = await tap.follow(correlationId, ({ event }) => event === endsWith, deadlineMs);
  return {
    correlationId,
    request: { at: new Date(startedAt).toISOString(), tookMs, status: answer.status },
    rows: timelineOf(events),
  };
}

async function signUp(
  name: string,
  system: SystemEnvironment,
  signal: AbortSignal | undefined,
): Promise<PatientClient> {
  const clients = { signal, clock: Date.now, random: Math.random };
  const client = createPatientClient({ ...clients, baseUrl: system.GATEWAY_URL, name: 'The gateway' });
  const slug = `${name.toLowerCase().replaceAll(' ', '-')}-${newId().slice(0, 8)}`;
  const credentials = credentialsOf({ name, slug }, system.OPERATOR_PASSWORD);
  const body = JSON.stringify({ tenant_name: name, user_name: `${name} owner`, ...credentials });
  const answer = await client.send({ method: 'POST', path: '/tenants', body, idempotencyKey: newId() });
  expectBody(answer, 'POST /tenants', z.object({}), 201);
  return client;
}

function linesOf({ request, rows }: Saga): string[] {
  const first = line(request.at, 'gateway', 'POST /billing/charges', `${request.status} in ${ms(request.tookMs)}`, '');
  return [first, ...rows.map(({ at, who, what, after, detail }) => line(at, who, what, lasted(after), detail))];
}

const lasted = (after: TimelineRow['after']): string => (after ? `${ms(after.ms)} after ${after.what}` : '');

function line(at: string, who: string, what: string, duration: string, detail: string): string {
  return `    ${at.slice(11, 23)}  ${who.padEnd(13)} ${what.padEnd(31)} ${duration.padEnd(34)} ${detail}`.trimEnd();
}

function tookOf({ request, rows }: Saga): string {
  return ms(Date.parse(rows.at(-1)!.at) - Date.parse(request.at));
}

const ms = (duration: number): string => `${Math.round(duration)} ms`;
