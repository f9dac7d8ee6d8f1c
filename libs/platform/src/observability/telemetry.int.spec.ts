import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { currentContext, runWithContext } from './context.ts';
import { startTelemetry } from './telemetry.ts';
import { isTraceparent, newTraceparent, traceIdOf } from './traceparent.ts';

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  status: { code?: number; message?: string };
}

/** Takes the place of an OpenTelemetry collector (OTLP over HTTP with JSON). */
async function startCollector() {
  const spans: (Span & { service: unknown })[] = [];
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += String(chunk);
    res.writeHead(req.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
    const parsed = JSON.parse(body) as {
      resourceSpans: { resource: { attributes: Span['attributes'] }; scopeSpans: { spans: Span[] }[] }[];
    };
    for (const { resource, scopeSpans } of parsed.resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
      spans.push(...scopeSpans.flatMap((scope) => scope.spans).map((span) => ({ ...span, service })));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, close };
}

describe('startTelemetry without an endpoint', () => {
  const telemetry = startTelemetry({ service: 'test' });

  it('records nothing, and says so', async () => {
    await telemetry.started;
    expect(telemetry.recording).toBe(false);
  });

  it('passes the trace on as a child of the one it got', async () => {
    const parent = newTraceparent();
    const child = await telemetry.withSpan('handle', {}, parent, async (traceparent) => traceparent);
    expect(traceIdOf(child)).toBe(traceIdOf(parent));
    expect(child).not.toBe(parent);
  });

  it('starts a trace where there is none', async () => {
    expect(isTraceparent(await telemetry.withSpan('handle', {}, 'garbage', async (own) => own))).toBe(true);
    expect(isTraceparent(await telemetry.withSpan('handle', {}, undefined, async (own) => own))).toBe(true);
  });

  it('puts the span into the current context and keeps the rest of it', async () => {
    const outer = { correlationId: 'c', causationId: 'r', traceparent: newTraceparent(), tenantId: 't' };
    await runWithContext(outer, () =>
      telemetry.withSpan('handle', {}, outer.traceparent, async (traceparent) => {
        expect(currentContext()).toEqual({ ...outer, traceparent });
      }),
    );
  });

  it('throws on what the work throws', async () => {
    const failing = telemetry.withSpan('handle', {}, undefined, async () => {
      throw new Error('handler failed');
    });
    await expect(failing).rejects.toThrow('handler failed');
    await telemetry.stop();
  });
});

describe('startTelemetry with an endpoint', () => {
  async function runTracedProcess(parent: string, endpoint: string): Promise<string> {
    const child = spawn(process.execPath, [join(__dirname, 'fixtures', 'traced-process.ts'), parent, endpoint]);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    await once(child, 'close');
    return output;
  }

  it('sends spans with their parents, attributes and failures', async () => {
    const collector = await startCollector();
    const parent = newTraceparent();
    expect(await runTracedProcess(parent, `${collector.url}/`)).toBe('no address\nstopped\n');
    await collector.close();
    const [mail, handle, root] = collector.spans;
    expect(collector.spans.map(({ name }) => name)).toEqual(['send mail', 'handle', 'root']);
    expect(handle).toMatchObject({
      service: 'notification',
      traceId: traceIdOf(parent),
      parentSpanId: parent.slice(36, 52),
    });
    expect(handle?.attributes).toContainEqual({ key: 'queue', value: { stringValue: 'q' } });
    expect(mail).toMatchObject({ parentSpanId: handle?.spanId, status: { code: 2, message: 'no address' } });
    expect(root?.traceId).not.toBe(traceIdOf(parent));
    expect(root?.parentSpanId).toBeFalsy();
  });

  it('does not disturb the service when the collector is away', async () => {
    expect(await runTracedProcess(newTraceparent(), 'http://127.0.0.1:1')).toBe('no address\nstopped\n');
  });
});
