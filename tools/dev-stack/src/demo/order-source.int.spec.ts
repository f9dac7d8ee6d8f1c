import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import { ordersOfFile, type OrderToSend } from './order-source.ts';
import type { PatientClient } from './patient-client.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'atlas-demo-'));
});
afterEach(() => rm(dir, { recursive: true }));

it('sends lines about one order one after the other, as they stand in the file, and others beside them', async () => {
  const line = (order_id: string, customer: string) =>
    JSON.stringify({
      ...{ order_id, customer, email: 'buyer@example.com', currency: 'EUR' },
      lines: [{ sku: 'A', qty: 1, unit_price: '1.00' }],
    });
  const path = join(dir, 'orders.ndjson');
  await writeFile(path, [line('1', 'first'), line('1', 'second'), line('2', 'other')].join('\n'));
  const hold = Promise.withResolvers<void>();
  const sent: string[] = [];
  const operator: PatientClient = {
    cookie: () => '',
    async send({ body }) {
      const { customer } = JSON.parse(body!) as { customer: string };
      sent.push(customer);
      if (customer === 'first') await hold.promise;
      return { status: 201, body: { event_id: crypto.randomUUID() }, headers: new Headers(), at: 0 };
    },
  };
  const orders: OrderToSend[] = [];
  for await (const order of ordersOfFile({ path, operator, tenantId: 't', runId: 'r' })) orders.push(order);
  const outcomes = Promise.all(orders.map((order) => order.send()));
  await eventually(() => sent.length === 2);
  expect(sent).toEqual(['first', 'other']);
  hold.resolve();
  expect((await outcomes).map(({ kind }) => kind)).toEqual(['taken', 'taken', 'taken']);
  expect(sent).toEqual(['first', 'other', 'second']);
});
