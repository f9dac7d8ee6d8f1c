import { Readable, Writable } from 'node:stream';
import { HttpProblem, type Identity } from '@atlas/platform';
import type { Request, Response } from 'express';
import { type Dispatcher, errors, Pool } from 'undici';
import { userOf } from './identity.ts';
import { limitedBody } from './limited-body.ts';
import { answerHeaders, askHeaders, type Asker, forwardedHeaders } from './service-headers.ts';

/** What the service says to a question of ours. */
export interface ServiceAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** The service did not answer (refused, cut, too late), or said itself that it cannot now. Nothing has been sent to the client. */
export class ServiceDownError extends Error {
  readonly code = 'SERVICE_DOWN';
  readonly service: string;

  constructor(service: string, reason: string, options?: ErrorOptions) {
    super(`The service "${service}" did not answer: ${reason}`, options);
    this.name = 'ServiceDownError';
    this.service = service;
  }
}

export interface ForwardOptions {
  /** How long the service may take to begin its answer. */
  readonly timeoutMs: number;
  /** A status after which the answer is thrown away and ServiceDownError thrown, so that somebody else can answer. */
  readonly refuse?: (status: number) => boolean;
  /** Whether it may be asked once more on a new connection when a kept one breaks. */
  readonly repeatable: boolean;
  /** For a caller who is no user and proves by these headers who it is: they are passed on, and no identity token is. */
  readonly provenBy?: readonly string[];
  /** The service's content security policy is sent beside the one that is set here: a browser obeys both. */
  readonly addPolicy?: boolean;
}

/** The connections to one service. */
export interface ServiceClient {
  /**
   * Streams the request of a signed-in user (else see `provenBy`) to the service, under the same path, and its answer back; `began` is called
   * with the status when that is known. Resolves when the answer is complete or the client has gone. Throws
   * ServiceDownError while nothing has been sent, and a 413 problem for a body above the limit.
   */
  forward(req: Request, res: Response, options: ForwardOptions & { began: (status: number) => void }): Promise<void>;
  /** Asks for our own purposes, with GET. Throws ServiceDownError, and RangeError for an answer above `maxBytes`. */
  ask(
    path: string,
    who: Asker,
    options: { timeoutMs: number; maxBytes: number; signal: AbortSignal },
  ): Promise<ServiceAnswer>;
  /** Closes the kept connections and cuts what still runs. */
  close(): Promise<void>;
}

export interface ServiceClientOptions {
  /** The audience of the identity token. */
  service: string;
  url: string;
  issueToken: (who: Identity & { audience: string }) => Promise<string>;
}

/** Above every body limit of a service; what is behind it has a stricter one of its own. */
const largestBodyBytes = 1024 * 1024;
/** Between two parts of an answer. */
const pauseTimeoutMs = 30_000;
const connectTimeoutMs = 2_000;

/**
 * A client of one service. The request's cookie, authorization and every header that is not on the list stay here; the
 * service learns who asks from a signed token that is good for a minute and for this service alone.
 */
export function createServiceClient({ service, url, issueToken }: ServiceClientOptions): ServiceClient {
  const pool = new Pool(url, {
    connections: 256,
    connect: { timeout: connectTimeoutMs },
    bodyTimeout: pauseTimeoutMs,
  });
  const tokenFor = ({ tenantId, userId, role, email }: Asker) =>
    issueToken({ tenantId, userId, roles: [role], email, audience: service });

  /** Streams the answer into what `into` returns for its head. Rejects when there is no answer, and when it breaks off. */
  async function stream(req: Request, options: ForwardOptions, gone: AbortSignal, into: Dispatcher.StreamFactory) {
    const hasBody = !options.repeatable && carriesBody(req);
    const { provenBy } = options;
    const proof = provenBy ? { passing: provenBy } : { token: await tokenFor(userOf(req)) };
    const request = {
      method: req.method as 'GET',
      path: pathOf(req.originalUrl),
      headers: forwardedHeaders(req, { ...proof, hasBody }),
      body: hasBody ? Readable.from(limitedBody(req, largestBodyBytes)) : null,
      headersTimeout: options.timeoutMs,
      signal: gone,
    };
    let begun = false;
    const factory: Dispatcher.StreamFactory = (head) => {
      begun = true;
      return into(head);
    };
    try {
      await pool.stream(request, factory);
    } catch (error) {
      // A kept connection may be closed by the service in the very moment in which it is used.
      if (begun || !options.repeatable || !(error instanceof errors.SocketError)) throw error;
      await pool.stream(request, factory);
    }
  }

  return {
    async forward(req, res, options) {
      const left = new AbortController();
      // An answer closes when it is complete, too, and to abort is not free: it makes an error with its stack.
      const onClose = () => res.writableFinished || left.abort();
      const refuses = (status: number) => options.refuse?.(status) ?? false;
      const seen: { status?: number } = {};
      res.once('close', onClose);
      try {
        await stream(req, options, left.signal, ({ statusCode, headers }) => {
          seen.status = statusCode;
          if (refuses(statusCode)) return nowhere();
          options.began(statusCode);
          res.status(statusCode);
          for (const [name, value] of answerHeaders(headers)) {
            if (!res.hasHeader(name)) res.setHeader(name, value);
            else if (options.addPolicy && name === 'content-security-policy') res.appendHeader(name, value);
          }
          return res;
        });
      } catch (error) {
        if (left.signal.aborted) return;
        if (seen.status === undefined) {
          if (error instanceof HttpProblem) throw error;
          throw new ServiceDownError(service, reasonOf(error), { cause: error });
        }
        // A broken answer closes the client's connection, which the client notices.
        if (!refuses(seen.status)) return;
      } finally {
        res.off('close', onClose);
      }
      if (refuses(seen.status!)) throw new ServiceDownError(service, `it said ${seen.status}`);
    },
    async ask(path, who, { timeoutMs, maxBytes, signal }) {
      const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const headers = askHeaders(await tokenFor(who));
      try {
        const answer = await pool.request({ method: 'GET', path, headers, signal: ended });
        const chunks: Buffer[] = [];
        let bytes = 0;
        for await (const chunk of answer.body) {
          bytes += (chunk as Buffer).length;
          if (bytes > maxBytes) throw new RangeError(`the answer has more than ${maxBytes} bytes`);
          chunks.push(chunk as Buffer);
        }
        const contentType = String(answer.headers['content-type'] ?? '');
        return { status: answer.statusCode, contentType, text: Buffer.concat(chunks).toString('utf8') };
      } catch (error) {
        if (error instanceof RangeError) throw error;
        throw new ServiceDownError(service, reasonOf(error), { cause: error });
      }
    },
    close: () => pool.destroy(),
  };
}

/** For an answer that nobody gets: it is read to its end, so that its connection can be used again. */
function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function carriesBody(req: Request): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

/** Path and query as they were written: to normalise them would let `/feed/../webhooks` change its meaning on the way. */
function pathOf(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^[a-z]+:\/\/[^/?#]*/i, '') || '/';
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message);
}
