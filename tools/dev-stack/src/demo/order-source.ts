import { z } from 'zod';
import type { DemoTenant } from './demo-tenant.ts';
import { readLines } from './order-file.ts';
import { createOrderLineReader } from './order-line.ts';
import { outcomeOf } from './order-outcome.domain.ts';
import type { OrderOutcome } from './order-outcome.domain.ts';
import { expectBody, unexpectedAnswer } from './patient-client.ts';
import type { ApiAnswer, PatientClient } from './patient-client.ts';
import { printable } from './printable.domain.ts';
import { sampleOrder } from './sample-orders.domain.ts';

/** One order of a run. */
export interface OrderToSend {
  /** Counted from 1; ascending. */
  readonly number: number;
  /** For a person: "line 12 (538365)". */
  readonly origin: string;
  /** Sends it, however often it takes; throws when the system answers something that is no order's fault. */
  send(): Promise<OrderOutcome>;
}

/**
 * The orders of a file, to be imported by an operator. Keys are new for each run: a repeated run must hear "already
 * imported" from the external reference, and not the stored answer of the first run.
 */
export async function* ordersOfFile(options: {
  path: string;
  operator: PatientClient;
  tenantId: string;
  runId: string;
  signal?: AbortSignal | undefined;
}): AsyncGenerator<OrderToSend> {
  const { path, operator, tenantId, runId, signal } = options;
  const reader = createOrderLineReader();
  const importPath = `/operator/tenants/${tenantId}/orders`;
  const inTurn = createTurns();
  for await (const line of readLines(path, signal)) {
    const { number } = line;
    const order = 'text' in line ? reader.read(line) : { kind: 'bad' as const, ...line };
    if (order.kind === 'bad') {
      yield { number, origin: `line ${number}`, send: async () => ({ kind: 'refused', reason: order.reason }) };
      continue;
    }
    const idempotencyKey = `${runId}.${number}`;
    yield {
      number,
      origin: `line ${number} (${printable(order.reference, 60)})`,
      // Of two lines about one order the first one in the file is the order, however many are sent at a time.
      send: () =>
        inTurn(order.reference, async () =>
          judged(
            await operator.send({ method: 'POST', path: importPath, body: order.body, idempotencyKey }),
            `POST ${importPath}`,
          ),
        ),
    };
  }
}

/** Runs work under the same name one after the other, in the order of the calls. Keeps only what is not done yet. */
function createTurns() {
  // atlas-local-ok: orders the work of one run of the demonstration
  const last = new Map<string, Promise<unknown>>();
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (last.get(name) === turn) last.delete(name);
    }
  };
}

/** Made-up orders, placed and completed by the owner of the tenant. */
export async function* generatedOrders(options: {
  count: number;
  tenant: DemoTenant;
  runId: string;
}): AsyncGenerator<OrderToSend> {
  const { count, tenant, runId } = options;
  for (let number = 1; number <= count; number += 1) {
    const key = `${runId}.${number}`;
    yield { number, origin: `order ${number}`, send: () => placeAndComplete(tenant.client, sampleOrder(number), key) };
  }
}

const placedOrder = z.object({ order_id: z.string() });

async function placeAndComplete(client: PatientClient, order: object, key: string): Promise<OrderOutcome> {
  const body = JSON.stringify(order);
  const placed = await client.send({ method: 'POST', path: '/orders', body, idempotencyKey: `${key}.place` });
  if (placed.status !== 201) return judged(placed, 'POST /orders');
  const { order_id: orderId } = expectBody(placed, 'POST /orders', placedOrder, 201);
  const path = `/orders/${orderId}/complete`;
  return judged(await client.send({ method: 'POST', path, idempotencyKey: `${key}.complete` }), `POST ${path}`);
}

function judged(answer: ApiAnswer, what: string): OrderOutcome {
  const outcome = outcomeOf(answer);
  if (outcome) return outcome;
  throw unexpectedAnswer(answer, what);
}
