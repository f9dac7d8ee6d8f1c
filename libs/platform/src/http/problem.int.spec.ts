import { gzipSync } from 'node:zlib';
import express, { type Express } from 'express';
import { request as httpRequest } from 'node:http';
import { z } from 'zod';
import { DependencyUnavailableError } from '../errors.ts';
import { createLogger } from '../observability/logger.ts';
import { createHttpServer } from './http-server.ts';
import { parse } from './parse.ts';
import { notFoundHandler, problem, problemHandler } from './problem.ts';

const lines: string[] = [];
const logger = createLogger({
  service: 'test',
  level: 'warn',
  destination: { write: (line) => void lines.push(line) },
});
const server = createHttpServer({ app: testApp(), port: 0 });
let base: string;

beforeAll(async () => {
  base = (await server.start()).url;
});
beforeEach(() => void lines.splice(0));
afterAll(() => server.stop({ deadlineMs: 1_000 }));

function testApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '1kb' }));
  const order = z.strictObject({ lines: z.array(z.strictObject({ sku: z.string(), qty: z.int() })) });
  app.post('/orders', (req, res) => void res.json(parse(order, req.body, 'body')));
  app.get('/orders/:id', (req, res) => void res.json(parse(z.strictObject({ id: z.uuid() }), req.params, 'params')));
  app.get('/conflict', () => {
    throw problem(409, 'ORDER_ALREADY_COMPLETED', 'The order is completed.', { state: 'completed' }, { 'x-a': 'b' });
  });
  app.get('/outage', async () => {
    throw new DependencyUnavailableError('PostgreSQL', { cause: new Error('10.0.0.7:5432') });
  });
  app.get('/bug', () => {
    throw new TypeError('secret detail');
  });
  app.get('/text', () => {
    // Not an Error: code that throws anything must not end up as an empty answer.
    throw 'secret detail';
  });
  app.use(notFoundHandler());
  app.use(problemHandler(logger));
  return app;
}

async function answer(path: string, init?: RequestInit) {
  const response = await fetch(`${base}${path}`, init);
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

const json = (body: string | Buffer, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: new Uint8Array(Buffer.from(body)),
});

describe('problem details', () => {
  it('carry what the code that threw them said', async () => {
    const { status, headers, body } = await answer('/conflict');
    expect(status).toBe(409);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(headers.get('x-a')).toBe('b');
    expect(body).toEqual({
      type: '/problems/order-already-completed',
      title: 'Order already completed',
      status: 409,
      code: 'ORDER_ALREADY_COMPLETED',
      detail: 'The order is completed.',
      state: 'completed',
    });
    expect(lines).toEqual([]);
  });

  it('say 503 and when to come back during an outage, and nothing of where it is', async () => {
    const { status, headers, body } = await answer('/outage');
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('2');
    expect(body.code).toBe('DEPENDENCY_UNAVAILABLE');
    expect(JSON.stringify(body)).not.toContain('10.0.0.7');
    expect(lines).toHaveLength(1);
  });

  it.each(['/bug', '/text'])('say 500 and nothing of the inside for %s, which is logged', async (path) => {
    const { status, body } = await answer(path);
    expect(status).toBe(500);
    expect(body.code).toBe('INTERNAL_ERROR');
    expect(JSON.stringify(body)).not.toMatch(/secret detail|at .*\.ts/);
    expect(lines.join()).toContain('secret detail');
  });

  it('name every field that is wrong', async () => {
    const { status, body } = await answer('/orders', json('{"lines":[{"sku":1,"qty":1.5}],"line":[]}'));
    expect(status).toBe(400);
    expect(body.code).toBe('INVALID_BODY');
    const paths = (body.errors as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(['lines[0].sku', 'lines[0].qty', '']);
  });

  it.each<[string, number, string, string, RequestInit]>([
    ['malformed JSON', 400, 'MALFORMED_BODY', '/orders', json('{"lines":')],
    ['JSON that is no object', 400, 'MALFORMED_BODY', '/orders', json('"text"')],
    ['too large a body', 413, 'BODY_TOO_LARGE', '/orders', json(`"${'x'.repeat(2000)}"`)],
    [
      'an unknown charset',
      415,
      'UNSUPPORTED_CHARSET',
      '/orders',
      json('{}', { 'content-type': 'application/json; charset=iso-8859-1' }),
    ],
    ['an unknown encoding', 415, 'UNSUPPORTED_ENCODING', '/orders', json('{}', { 'content-encoding': 'rot13' })],
    ['a damaged compression', 400, 'MALFORMED_BODY', '/orders', json('not gzip', { 'content-encoding': 'gzip' })],
    [
      'a cut compression',
      400,
      'MALFORMED_BODY',
      '/orders',
      json(gzipSync('{"lines":[]}').subarray(0, 12), { 'content-encoding': 'gzip' }),
    ],
    [
      'a body that is not JSON',
      415,
      'JSON_BODY_REQUIRED',
      '/orders',
      json('lines=1', { 'content-type': 'text/plain' }),
    ],
    ['no body', 415, 'JSON_BODY_REQUIRED', '/orders', { method: 'POST' }],
    ['a malformed escape in the path', 400, 'MALFORMED_URL', '/orders/%E0%A4', {}],
    ['a malformed id', 400, 'INVALID_PATH', '/orders/1', {}],
    ['an unknown path', 404, 'NOT_FOUND', '/nothing', {}],
    ['an unknown method', 404, 'NOT_FOUND', '/conflict', { method: 'DELETE' }],
  ])('answer %s with %i %s', async (_name, status, code, path, init) => {
    const response = await answer(path, init);
    expect(response).toMatchObject({ status, body: { status, code } });
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(lines).toEqual([]);
  });

  it('survive a client that goes away in the middle of its body', async () => {
    const socketClosed = Promise.withResolvers<void>();
    const request = httpRequest(`${base}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '100' },
    });
    request.on('error', () => socketClosed.resolve());
    request.write('{"lines"', () => request.destroy(new Error('gone')));
    await socketClosed.promise;
    expect((await answer('/conflict')).status).toBe(409);
    expect(lines).toEqual([]);
  });
});
