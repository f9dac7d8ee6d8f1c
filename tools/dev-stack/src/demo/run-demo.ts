import type { Service } from '@atlas/event-contracts';
import { createSqsClient } from '@atlas/platform';
import { awaitConsequences, awaitQuiet } from './await-consequences.ts';
import type { DemoTenantName } from './credentials.ts';
import { openDemoTenant } from './demo-tenant.ts';
import type { DemoTenant } from './demo-tenant.ts';
import { createLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { createObservation } from './observation.ts';
import type { DemoOptions } from './options.ts';
import { countLines } from './order-file.ts';
import { generatedOrders, ordersOfFile } from './order-source.ts';
import type { OrderToSend } from './order-source.ts';
import { createPace } from './pace.ts';
import { createPatientClient, expectStatus } from './patient-client.ts';
import type { PatientClient, PatientClientOptions } from './patient-client.ts';
import type { Progress } from './progress.ts';
import { createQueues } from './queues.ts';
import type { Queues } from './queues.ts';
import { balance } from './reconciliation.domain.ts';
import type { RunOutcome } from './reconciliation.domain.ts';
import { sendOrders } from './send-orders.ts';
import type { SendCounts } from './send-orders.ts';
import type { SystemEnvironment } from './system-environment.ts';

export interface RunDemoOptions {
  options: DemoOptions;
  env: SystemEnvironment;
  /** The services whose queues are watched. */
  services: readonly Service[];
  progress: () => Progress;
  note: (text: string) => void;
  signal: AbortSignal;
  clock: () => number;
  random: () => number;
  newId: () => string;
}

/** The tenant into which files are imported, and that of made-up orders. */
const tenants: Record<DemoOptions['source']['kind'], DemoTenantName> = {
  file: { name: 'Wholesale import', slug: 'wholesale-import' },
  generated: { name: 'Corner shop', slug: 'corner-shop' },
};

/** A message that a killed consumer had in hand comes back after 30 s. */
const quietTimeoutMs = 45_000;

/**
 * Sends all orders, waits until every consequence has happened or nothing happens any more, and says what was found. The
 * system that it works on has to run. Throws DemoError when it stops answering altogether.
 */
export async function runDemo(run: RunDemoOptions): Promise<RunOutcome> {
  const { options, env, note, signal, clock } = run;
  const { source } = options;
  const total = source.kind === 'file' ? await countLines(source.path, signal) : source.orders;
  const clients: Omit<PatientClientOptions, 'baseUrl' | 'name'> = { signal, clock, random: run.random };
  const sink = createPatientClient({ ...clients, baseUrl: env.SINK_URL, name: 'The sink' });
  const tenant = await openDemoTenant(tenants[source.kind], {
    ...clients,
    urls: { gatewayUrl: env.GATEWAY_URL, sinkUrl: env.SINK_URL },
    systemSecret: env.OPERATOR_PASSWORD,
    sink,
    newId: run.newId,
  });
  note(
    `Tenant "${tenants[source.kind].name}" ${tenant.isNew ? 'signed up' : 'signed in'}: ${tenant.credentials.email}`,
  );
  const queues = createQueues({
    sqs: createSqsClient({ region: env.AWS_REGION }),
    prefix: env.ATLAS_PREFIX,
    services: run.services,
  });
  const deadBefore = await queues.deadLetters();
  const orders = await ordersOf(run, tenant, clients);
  const { counts, ledger } = await drive(run, { orders, tenant, sink, queues, total });
  const deadLetters = await newDeadLetters(queues, deadBefore);
  return { kind: source.kind, total, ...counts, balances: balance(ledger.orders()), deadLetters };
}

async function ordersOf(
  { options: { source }, env, signal, newId }: RunDemoOptions,
  tenant: DemoTenant,
  clients: Omit<PatientClientOptions, 'baseUrl' | 'name'>,
): Promise<AsyncIterable<OrderToSend>> {
  const runId = newId();
  if (source.kind === 'generated') return generatedOrders({ count: source.orders, tenant, runId });
  const operator = createPatientClient({ ...clients, baseUrl: env.GATEWAY_URL, name: 'The gateway' });
  const credentials = JSON.stringify({ email: env.OPERATOR_EMAIL, password: env.OPERATOR_PASSWORD });
  const signedIn = await operator.send({ method: 'POST', path: '/session', body: credentials });
  expectStatus(signedIn, 'POST /session of the operator', 200);
  return ordersOfFile({ path: source.path, operator, tenantId: tenant.tenantId, runId, signal });
}

interface Drive {
  orders: AsyncIterable<OrderToSend>;
  tenant: DemoTenant;
  sink: PatientClient;
  queues: Queues;
  total: number;
}

/** Sends and observes at the same time, so that the bars of the consequences follow that of the orders. */
async function drive(run: RunDemoOptions, { orders, tenant, sink, queues, total }: Drive) {
  const { options, env, signal, clock } = run;
  const ledger = createLedger();
  const counts: SendCounts = { sent: 0, taken: 0, alreadyImported: 0, refused: 0, failed: 0 };
  const observation = createObservation({ ledger, sink, tenant, mailFrom: env.MAIL_FROM, clock });
  const progress = run.progress();
  const show = () => progress.update(stateOf(total, counts, ledger));
  const stopped = new AbortController();
  const either = AbortSignal.any([signal, stopped.signal]);
  let sending = true;
  try {
    show();
    const sent = sendOrders({
      ...{ orders, concurrency: options.concurrency, ledger, counts, onProblem: progress.note },
      pace: createPace(options.rate, { clock, signal: either }),
    }).finally(() => (sending = false));
    const patienceMs = options.patienceSeconds * 1000;
    const allSent = () => !sending;
    const observed = awaitConsequences({
      ledger,
      observation,
      allSent,
      patienceMs,
      clock,
      signal: either,
      onLook: show,
    });
    await Promise.all([sent, observed]);
    await awaitQuiet({ backlog: queues.backlog, patienceMs: Math.min(patienceMs, quietTimeoutMs), clock, signal });
    await observation.count();
    show();
  } finally {
    stopped.abort();
    progress.stop();
  }
  return { counts, ledger };
}

function stateOf(total: number, counts: SendCounts, ledger: Ledger) {
  const { size, found } = ledger;
  return {
    total,
    sent: counts.sent,
    expected: size(),
    mail: found('mail'),
    webhook: found('webhook'),
    feed: found('feed'),
  };
}

/** What is there now and was not at the start; a queue that was emptied meanwhile counts as nothing new. */
async function newDeadLetters(queues: Queues, before: Map<string, number>): Promise<RunOutcome['deadLetters']> {
  const now = await queues.deadLetters();
  return [...now].map(([queue, count]) => ({ queue, count: Math.max(0, count - (before.get(queue) ?? 0)) }));
}
