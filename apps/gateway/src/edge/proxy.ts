import { Agent as HttpAgent, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { childTraceparent, currentContext, HttpProblem } from '@atlas/platform';
import type { Request, RequestHandler, Response } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { userOf } from './identity.ts';

/**
 * What a client may say to a service. A list of what passes, because a list of what is dropped forgets the next header
 * that some service comes to trust. Length and encoding pass so that the body keeps the frame it was parsed in.
 */
const passedHeaders = [
  'accept',
  'accept-encoding',
  'accept-language',
  'content-encoding',
  'content-length',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'transfer-encoding',
  'user-agent',
] as const;

/** Longer than a service may take for any answer; the client gets a 503 then and may try again with its key. */
const answerTimeoutMs = 15_000;

export interface ServiceProxy {
  /** Streams the request of a signed-in user (behind `requireUser`) to the service, under the same path. */
  handler: RequestHandler;
  /** Closes the kept connections. */
  close(): void;
}

export interface ServiceProxyOptions {
  /** The audience of the identity token, and what the metrics call the route. */
  service: string;
  url: string;
  issueToken: (who: { tenantId: string; userId: string; roles: string[]; audience: string }) => Promise<string>;
}

/**
 * A proxy to one service. The client's cookie, authorization and every header that is not on the list stay here; the
 * service learns who asks from a signed token that is good for a minute and for this service alone.
 */
export function createServiceProxy({ service, url, issueToken }: ServiceProxyOptions): ServiceProxy {
  const agentOptions = { keepAlive: true, maxSockets: 256, maxFreeSockets: 32 };
  const agent = url.startsWith('https:') ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const failed = new WeakMap<object, (error: unknown) => void>();
  const forward = createProxyMiddleware<Request, Response>({
    target: url,
    agent,
    changeOrigin: true,
    proxyTimeout: answerTimeoutMs,
    // Express cuts the mount path off; the service has the same paths as the gateway.
    pathRewrite: (_path, req) => req.originalUrl,
    on: {
      // The session cookie is the gateway's; a service that set one of that name would sign people out.
      proxyRes: (answer) => void delete answer.headers['set-cookie'],
      // The library resolves after an error and never calls `next` for one, so each request leaves word here.
      error: (error, _req, res) => failed.get(res)?.(error),
    },
  });
  return {
    async handler(req, res, next) {
      const { tenantId, userId, role } = userOf(req);
      const token = await issueToken({ tenantId, userId, roles: [role], audience: service });
      res.locals.route = `${req.baseUrl}/*`;
      // Before the library reads them: it skips its own header hook for requests with `Expect`.
      req.headers = headersFor(req, token);
      const fail = (error: unknown) => next(unavailable(service, error));
      failed.set(res, fail);
      await forward(req, res, fail);
    },
    close: () => agent.destroy(),
  };
}

function headersFor(req: Request, token: string): IncomingHttpHeaders {
  const passed = passedHeaders.flatMap((name) => (req.headers[name] === undefined ? [] : [[name, req.headers[name]]]));
  const context = currentContext();
  return {
    ...Object.fromEntries(passed),
    authorization: `Bearer ${token}`,
    'x-forwarded-for': req.ip,
    'x-forwarded-proto': req.protocol,
    'x-forwarded-host': req.host,
    ...(context && {
      traceparent: childTraceparent(context.traceparent),
      'x-correlation-id': context.correlationId,
      'x-request-id': context.causationId,
    }),
  };
}

function unavailable(service: string, cause: unknown) {
  const detail = `The service "${service}" does not answer at the moment. Try again shortly.`;
  return new HttpProblem(503, 'SERVICE_UNAVAILABLE', detail, {}, { 'retry-after': '2' }, { cause });
}
