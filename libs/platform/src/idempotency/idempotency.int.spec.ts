import express from 'express';
import { HttpProblem } from '../errors.ts';
import { createHttpServer } from '../http/http-server.ts';
import { problemHandler } from '../http/problem.ts';
import { createLogger } from '../observability/logger.ts';
import { createIdempotency } from './idempotency.ts';
import type { IdempotencyStore, StoredResponse } from './store.ts';

/** A transaction of the test: what was written in it, which counts only once it is committed. */
type Tx = (() => void)[];

/** The smallest store that keeps the promises of the port, without leases: one process, no crashes. */
function storeInThisProcess(): IdempotencyStore<Tx> {
  const rows = new Map<string, { fingerprint: string; token: string; response?: StoredResponse }>();
  const id = ({ scope, key }: { scope: string; key: string }) => JSON.stringify([scope, key]);
  return {
    async begin(request) {
      const row = rows.get(id(request));
      if (row && row.fingerprint !== request.fingerprint) return { state: 'mismatch' };
      if (row) return row.response ? { state: 'replay', response: row.response } : { state: 'in-progress' };
      const token = String(Math.random());
      rows.set(id(request), { fingerprint: request.fingerprint, token });
      return { state: 'started', claim: { ...request, token } };
    },
    async complete(claim, response, tx) {
      tx.push(() => rows.set(id(claim), { fingerprint: claim.fingerprint, token: claim.token, response }));
    },
    async abandon(claim) {
      if (!rows.get(id(claim))?.response) rows.delete(id(claim));
    },
  };
}

const idempotency = createIdempotency<Tx>({ store: storeInThisProcess() });
const owner = (req: express.Request) => ({ tenantId: req.get('x-tenant') ?? 't-1', userId: 'u-1' });
const orders: string[] = [];
const open = () => Promise.resolve();
let gate = open;

async function inTransaction<T>(run: (tx: Tx) => Promise<T>): Promise<T> {
  const tx: Tx = [];
  const result = await run(tx);
  for (const write of tx) write();
  return result;
}

const app = express()
  .use(express.json())
  .post(
    '/orders',
    idempotency.route({ name: 'POST /orders', owner }, async (req, _res, save) => {
      await gate();
      const { sku } = req.body as { sku: string };
      return inTransaction(async (tx) => {
        if (sku === 'refused') throw new HttpProblem(409, 'REFUSED', 'no');
        if (sku === 'crash') throw new Error('bug');
        tx.push(() => orders.push(sku));
        return save(tx, { status: 201, headers: { location: `/orders/${orders.length}` }, body: { sku } });
      });
    }),
  )
  .post(
    '/forgetful',
    idempotency.route({ name: 'POST /forgetful', owner }, async () => ({ status: 200, body: {} })),
  )
  .use(problemHandler(createLogger({ service: 'test', level: 'silent' })));
const server = createHttpServer({ app, port: 0 });
let base: string;

beforeAll(async () => {
  base = (await server.start()).url;
});
beforeEach(() => {
  orders.splice(0);
  gate = open;
});
afterAll(() => server.stop({ deadlineMs: 1_000 }));

async function post(key: string | undefined, sku: string, options: { path?: string; tenant?: string } = {}) {
  const { path = '/orders', tenant = 't-1' } = options;
  const headers = {
    'content-type': 'application/json',
    'x-tenant': tenant,
    ...(key ? { 'idempotency-key': key } : {}),
  };
  const response = await fetch(`${base}${path}`, { method: 'POST', headers, body: JSON.stringify({ sku }) });
  return { status: response.status, headers: response.headers, body: (await response.json()) as object };
}

describe('an idempotent route', () => {
  it('runs a repeated request once and gives the same answer again', async () => {
    const first = await post('a', 'shoe');
    const second = await post('a', 'shoe');
    expect(orders).toEqual(['shoe']);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect([first.headers.get('idempotent-replayed'), second.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ]);
  });

  it('answers 409 while the first one runs', async () => {
    const arrived = Promise.withResolvers<void>();
    const running = Promise.withResolvers<void>();
    gate = () => {
      arrived.resolve();
      return running.promise;
    };
    const first = post('b', 'shoe');
    await arrived.promise;
    const second = await post('b', 'shoe');
    expect(second).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_IN_PROGRESS' } });
    expect(second.headers.get('retry-after')).toBe('1');
    running.resolve();
    expect((await first).status).toBe(201);
    expect([(await post('b', 'shoe')).status, orders]).toEqual([201, ['shoe']]);
  });

  it('answers 422 when the key was used for something else', async () => {
    await post('c', 'shoe');
    expect(await post('c', 'hat')).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(orders).toEqual(['shoe']);
  });

  it('answers 400 for a malformed key and runs nothing', async () => {
    expect(await post('a b', 'shoe')).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_MALFORMED' } });
    expect(orders).toEqual([]);
  });

  it('keeps the keys of two tenants apart', async () => {
    await post('d', 'shoe');
    await post('d', 'shoe', { tenant: 't-2' });
    expect(orders).toEqual(['shoe', 'shoe']);
  });

  it('runs every request without a key', async () => {
    await post(undefined, 'shoe');
    await post(undefined, 'shoe');
    expect(orders).toEqual(['shoe', 'shoe']);
  });

  it.each(['refused', 'crash'])('frees the key when nothing happened: %s', async (sku) => {
    const first = await post(`e-${sku}`, sku);
    expect((await post(`e-${sku}`, sku)).status).toBe(first.status);
    expect((await post(`e-${sku}`, 'shoe')).status).toBe(201);
  });

  it('refuses a handler that answers without saving: a mistake of the wiring', async () => {
    expect((await post('f', 'x', { path: '/forgetful' })).status).toBe(500);
    expect((await post(undefined, 'x', { path: '/forgetful' })).status).toBe(200);
  });
});
