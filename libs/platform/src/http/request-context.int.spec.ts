import express, { Router } from 'express';
import { get } from 'node:http';
import { once } from 'node:events';
import { createLogger } from '../observability/logger.ts';
import { currentContext } from '../observability/context.ts';
import { createMetrics } from '../observability/metrics.ts';
import { isTraceparent, traceIdOf } from '../observability/traceparent.ts';
import { createHealth } from './health.ts';
import { createHttpServer } from './http-server.ts';
import { notFoundHandler, problemHandler } from './problem.ts';
import { requestContext } from './request-context.ts';

const lines: Record<string, unknown>[] = [];
const logged = new EventTarget();
const destination = {
  write(line: string) {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    logged.dispatchEvent(new Event('line'));
  },
};
const logger = createLogger({ service: 'test', level: 'info', destination });
const metrics = createMetrics({ service: 'test', processMetrics: false });
const health = createHealth({ checks: {} });
const never = Router().get('/never', () => {});
const app = express()
  .use(requestContext({ logger, metrics, newId: () => 'new-id' }))
  .use(health.router)
  .use(metrics.router())
  .post('/orders', express.json(), (_req, res) => void res.json(currentContext()))
  .use(
    '/orders',
    Router().get('/:id', (_req, res) => void res.json(currentContext())),
  )
  .use('/proxied', (_req, res) => {
    res.locals.route = '/proxied/*';
    res.end();
  })
  .use(never)
  .use(notFoundHandler())
  .use(problemHandler(logger));
const server = createHttpServer({ app, port: 0 });
let base: string;

beforeAll(async () => {
  base = (await server.start()).url;
});
beforeEach(() => void lines.splice(0));
afterAll(() => server.stop({ deadlineMs: 1_000 }));

/** The access log line is written when the connection is done with the answer, which can be after the client has it. */
async function accessLine(): Promise<Record<string, unknown>> {
  for (;;) {
    const line = lines.find(({ msg }) => msg === 'request');
    if (line) return line;
    await once(logged, 'line');
  }
}

const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('requestContext', () => {
  it('gives a request ids of its own and sends them back', async () => {
    const response = await fetch(`${base}/orders/1`);
    expect(response.headers.get('x-request-id')).toBe('new-id');
    expect(response.headers.get('x-correlation-id')).toBe('new-id');
    const context = (await response.json()) as Record<string, string>;
    expect(context).toMatchObject({ correlationId: 'new-id', causationId: 'new-id' });
    expect(context.traceparent).toBe(response.headers.get('traceparent'));
    expect(isTraceparent(context.traceparent)).toBe(true);
  });

  it('goes on with the ids and the trace of the caller', async () => {
    const headers = { 'x-request-id': 'r-1', 'x-correlation-id': 'c-1', traceparent: parent };
    const context = (await (await fetch(`${base}/orders/1`, { headers })).json()) as Record<string, string>;
    expect(context).toMatchObject({ correlationId: 'c-1', causationId: 'r-1' });
    expect(traceIdOf(context.traceparent)).toBe(traceIdOf(parent));
    expect(context.traceparent).not.toBe(parent);
  });

  it('keeps the context behind the body parser', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', 'x-request-id': 'r-1' }, body: '{}' };
    expect(await (await fetch(`${base}/orders`, init)).json()).toMatchObject({ causationId: 'r-1' });
  });

  it.each(['a b', '{"level":"fatal"}', 'x'.repeat(129), '-'])('takes no id such as %p from outside', async (id) => {
    const response = await fetch(`${base}/orders/1`, { headers: { 'x-request-id': id, 'x-correlation-id': id } });
    expect(response.headers.get('x-request-id')).toBe('new-id');
    expect(response.headers.get('x-correlation-id')).toBe('new-id');
  });

  it('logs one line with status, duration and trace', async () => {
    await fetch(`${base}/orders/1?secret=x`, { headers: { 'x-correlation-id': 'c-1', traceparent: parent } });
    const line = await accessLine();
    expect(line).toMatchObject({
      level: 'info',
      method: 'GET',
      path: '/orders/1',
      status: 200,
      correlation_id: 'c-1',
      trace_id: traceIdOf(parent),
    });
    expect(line.duration_ms).toEqual(expect.any(Number));
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  it('puts the request id into a problem', async () => {
    const body = (await (await fetch(`${base}/nothing`, { headers: { 'x-request-id': 'r-9' } })).json()) as object;
    expect(body).toMatchObject({ code: 'NOT_FOUND', request_id: 'r-9' });
  });

  it('counts a client that went away as 499', async () => {
    const request = get(`${base}/never`);
    request.on('error', () => {});
    request.once('socket', (socket) => socket.once('connect', () => setImmediate(() => request.destroy())));
    expect(await accessLine()).toMatchObject({ path: '/never', status: 499 });
  });

  it('measures by route pattern, so that ids make no series', async () => {
    metrics.httpSeconds.reset();
    for (const path of ['/orders/1', '/orders/2', '/proxied/x', '/nothing/1', '/nothing/2'])
      await fetch(`${base}${path}`);
    await accessLine();
    const { values } = await metrics.httpSeconds.get();
    const counts = values.filter(({ metricName }) => metricName === 'atlas_http_request_seconds_count');
    expect(Object.fromEntries(counts.map(({ labels, value }) => [`${labels.route} ${labels.status}`, value]))).toEqual({
      '/orders/:id 200': 2,
      '/proxied/* 200': 1,
      'unmatched 404': 2,
    });
  });

  it('keeps probes out of the log', async () => {
    await fetch(`${base}/health/live`);
    await fetch(`${base}/metrics`);
    await fetch(`${base}/orders/1`);
    await accessLine();
    expect(lines.map(({ path }) => path)).toEqual(['/orders/1']);
  });
});

describe('GET /metrics', () => {
  it('serves the Prometheus text format', async () => {
    metrics.consumed.inc({ queue: 'q', event: 'order.completed' });
    const response = await fetch(`${base}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain(
      'atlas_events_consumed_total{queue="q",event="order.completed",service="test"} 1',
    );
  });

  it('keeps two services in one process apart', async () => {
    const other = createMetrics({ service: 'other', processMetrics: false });
    expect(await other.registry.metrics()).not.toContain('queue="q"');
  });
});
