import { createPatientClient, expectBody, expectStatus, type PatientClient } from '../src/demo/patient-client.ts';
import { z } from 'zod';

/** A customer of a running system, signed in, whose orders an operator imports. */
export interface Importer {
  readonly tenantId: string;
  /** Signed in as the owner. */
  readonly client: PatientClient;
}

export interface Imports {
  readonly operator: PatientClient;
  readonly tenants: readonly Importer[];
  /** Imports `count` orders, `inFlight` at a time, spread over the tenants; `onTaken` hears how many have been taken. */
  send(count: number, options: { inFlight: number; onTaken?: (taken: number) => void }): Promise<void>;
  /** Imports one order, of so many lines that it is counted in several transactions; resolves with the id of its event. */
  sendLarge(): Promise<string>;
  /** Imports one order of a few lines; resolves with the id of its event. */
  sendSmall(): Promise<string>;
}

/** Days on which orders were completed, all of one year but for the offsets of some of the times. */
const days = ['2024-01-01', '2024-02-29', '2024-03-31', '2024-06-15', '2024-12-30', '2024-12-31'];
const times = ['00:00:00.000Z', '23:59:59.999Z', '23:30:00-02:00', '12:34:56Z', '00:30:00+01:00'];
/** With two decimals, with none, and with three. */
const currencies = ['EUR', 'GBP', 'USD', 'JPY', 'KWD'];
/** What so many lines change does not fit into one transaction of DynamoDB. */
const manyLines = 160;

const imported = z.object({ event_id: z.string() });
const account = z.object({ tenant: z.object({ tenant_id: z.string() }) });

/** Signs the operator in and `tenants` customers up. */
export async function openImports(env: Record<string, string>, options: { tenants: number }): Promise<Imports> {
  const open = () =>
    createPatientClient({
      ...{ baseUrl: env['GATEWAY_URL']!, name: 'the gateway', clock: Date.now, random: Math.random },
      patienceMs: 90_000,
    });
  const operator = open();
  const body = JSON.stringify({ email: env['OPERATOR_EMAIL'], password: env['OPERATOR_PASSWORD'] });
  expectStatus(await operator.send({ method: 'POST', path: '/session', body }), 'POST /session', 200);
  const tenants: Importer[] = [];
  for (let number = 0; number < options.tenants; number += 1) {
    const client = open();
    const signUp = {
      ...{ tenant_name: `Importer ${number}`, user_name: 'Ada', email: `importer-${number}@books.example` },
      password: 'correct horse battery staple',
    };
    const answer = await client.send({ method: 'POST', path: '/tenants', body: JSON.stringify(signUp) });
    tenants.push({ client, tenantId: expectBody(answer, 'POST /tenants', account, 201).tenant.tenant_id });
  }
  let next = 0;
  const importOrder = async (number: number, lines?: number): Promise<string> => {
    const path = `/operator/tenants/${tenants[number % tenants.length]!.tenantId}/orders`;
    const order = JSON.stringify(importedOrder(number, lines));
    const answer = await operator.send({ method: 'POST', path, body: order, idempotencyKey: `order-${number}` });
    return expectBody(answer, `POST ${path}`, imported, 200, 201).event_id;
  };
  return {
    operator,
    tenants,
    sendLarge: () => importOrder(next++, manyLines),
    sendSmall: () => importOrder(next++, 3),
    async send(count, { inFlight, onTaken = () => {} }) {
      const numbers = Array.from({ length: count }, () => next++).values();
      let taken = 0;
      await Promise.all(
        Array.from({ length: inFlight }, async () => {
          for (const number of numbers) {
            await importOrder(number);
            onTaken((taken += 1));
          }
        }),
      );
    },
  };
}

/** The n-th order of a file that nobody wrote, the same in every run. */
function importedOrder(n: number, lines = n % 400 === 7 ? manyLines : 1 + (n % 5)) {
  // Every fourth line has the SKU of the one before it.
  const sku = (line: number) => `sku-${(n + (line % 4 === 3 ? line - 1 : line) * 13) % 200}`;
  const currency = currencies[(n * 7 + (n >> 3)) % currencies.length]!;
  const decimals = { JPY: 0, KWD: 3 }[currency] ?? 2;
  const unit = (line: number) => ((n * 37 + line * 11) % 9999) / 10 ** decimals;
  return {
    ...{ order_id: `books-${n}`, customer: `${n % 97}`, email: `buyer-${n % 97}@books.example`, currency },
    completed_at: `${days[(n * 5 + (n >> 4)) % days.length]}T${times[(n >> 2) % times.length]}`,
    lines: Array.from({ length: lines }, (_, line) => ({
      ...{ sku: sku(line), qty: 1 + ((n + line) % 9), unit_price: unit(line).toFixed(decimals) },
    })),
  };
}
