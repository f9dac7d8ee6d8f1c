import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SetupError } from '../errors.ts';
import { refuseMalformed } from './malformed-requests.ts';

export interface HttpServer {
  /** Listens; throws a SetupError that names the port when it is taken or not permitted. */
  start(): Promise<{ url: string; port: number }>;
  /**
   * Takes no new connection, closes idle ones at once, lets running requests finish and tells their clients
   * `connection: close`; what still runs after `deadlineMs` is cut off. Never rejects; may be called twice.
   */
  stop(options: { deadlineMs: number }): Promise<void>;
}

/** Longer than the 60 s that load balancers keep an idle connection, or they would send a request into a closed one. */
const KEEP_ALIVE_MS = 65_000;

/**
 * An HTTP server for `app` on `host` (default 127.0.0.1; a container passes 0.0.0.0). Port 0 takes any free port. What is no
 * HTTP request, or one with too large headers, never reaches `app` and is refused with problem details as well.
 */
export function createHttpServer(options: { app: RequestListener; port: number; host?: string }): HttpServer {
  const { app, port, host = '127.0.0.1' } = options;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  // atlas-local-ok: the requests this process is answering, to finish at stop
  const running = new Set<ServerResponse>();
  let stopping: Promise<void> | undefined;
  refuseMalformed(server, running);
  server.on('request', (req, res) => {
    running.add(res);
    if (stopping) announceClose(res);
    res.once('close', () => {
      running.delete(res);
      if (stopping) server.closeIdleConnections();
    });
    app(req, res);
  });
  return {
    start: () => listen(server, port, host),
    stop({ deadlineMs }) {
      for (const response of running) announceClose(response);
      stopping ??= close(server, deadlineMs);
      return stopping;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<{ url: string; port: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ url: string; port: number }>();
  const onError = (error: NodeJS.ErrnoException) => reject(listenError(error, port, host));
  server.once('error', onError);
  server.listen(port, host, () => {
    server.off('error', onError);
    const taken = (server.address() as AddressInfo).port;
    resolve({ url: `http://${urlHost(host)}:${taken}`, port: taken });
  });
  return promise;
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string): Error {
  const place = `port ${port} on ${host}`;
  if (error.code === 'EADDRINUSE') {
    return new SetupError(`${place} is taken by another process. Stop it or choose another port.`, { cause: error });
  }
  if (error.code === 'EACCES') return new SetupError(`${place} may not be opened by this user.`, { cause: error });
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new SetupError(`${host} is not an address of this machine.`, { cause: error });
  }
  return error;
}

function announceClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

async function close(server: Server, deadlineMs: number): Promise<void> {
  if (!server.listening) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  // Closes idle connections too; those of running requests are closed when their answers are complete.
  server.close(() => resolve());
  const timer = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await promise;
  clearTimeout(timer);
}
