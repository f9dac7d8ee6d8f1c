import { Agent, buildConnector, errors, request } from 'undici';
import { BlockedDestinationError } from '../errors.ts';
import { withTimeLimit } from '../time-limit.ts';
import type { AddressGuard } from './address-guard.ts';
import { type AttemptResult, outcomeOfStatus, parseRetryAfter } from './delivery.domain.ts';

/** One try to deliver a signed body. */
export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends webhooks to the outside. */
export interface WebhookClient {
  /** Never rejects: whatever happens is the result of the try. An aborted `signal` ends it as a failure. */
  post(webhook: WebhookRequest, signal?: AbortSignal): Promise<AttemptResult>;
  close(): Promise<void>;
}

/** Source: Standard Webhooks, "Timeouts" (15 to 30 s); covers connecting, sending and the whole answer. */
export const attemptTimeoutMs = 15_000;

/** As much of an answer as is read; the rest is cut off, so that a receiver cannot make us read for ever. */
const maxResponseBytes = 4096;
/** As much of it as the delivery log shows. */
const shownResponseLength = 500;

/** A client whose connections are checked by the guard. Redirects are not followed: they could lead around it. */
export function createWebhookClient(deps: {
  guard: AddressGuard;
  now: () => number;
  timeoutMs?: number;
}): WebhookClient {
  const { guard, now, timeoutMs = attemptTimeoutMs } = deps;
  const agent = new Agent({ connect: guardedConnector(guard, timeoutMs), allowH2: false, pipelining: 1 });

  const send = async ({ url, headers, body }: WebhookRequest, signal: AbortSignal) => {
    guard.checkUrl(url);
    const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
    const answer = await request(url, { method: 'POST', headers, body, dispatcher: agent, ...limits, signal });
    // The status is the answer; a body that breaks off or never ends changes nothing about it.
    const response = await readStart(answer.body).catch(() => undefined);
    return { statusCode: answer.statusCode, headers: answer.headers, response };
  };

  return {
    post: (webhook, outer) =>
      withTimeLimit(timeoutMs, outer, async ({ signal, exceeded }): Promise<AttemptResult> => {
        const at = now();
        const startedAt = performance.now();
        const took = () => ({ at, durationMs: Math.round(performance.now() - startedAt) });
        try {
          const { statusCode, headers, response } = await send(webhook, signal);
          const outcome = outcomeOfStatus(statusCode);
          const error = outcome === 'delivered' ? undefined : statusError(statusCode);
          const retryAfterMs = parseRetryAfter(single(headers['retry-after']), now());
          return { outcome, attempt: { ...took(), statusCode, error, response }, retryAfterMs };
        } catch (error) {
          const reason = exceeded() ? `no complete answer within ${timeoutMs / 1000} s` : describe(error);
          return { outcome: 'failed', attempt: { ...took(), error: reason } };
        }
      }),
    close: () => agent.destroy(),
  };
}

function guardedConnector(guard: AddressGuard, timeoutMs: number): buildConnector.connector {
  const options = { timeout: timeoutMs, allowH2: false };
  const unguarded = buildConnector(options);
  const guarded = buildConnector({ ...options, lookup: guard.lookup });
  return (target, callback) => {
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
    try {
      guard.checkHost(target.hostname, port);
    } catch (error) {
      return callback(error as Error, null);
    }
    const connect = guard.isException(target.hostname, port) ? unguarded : guarded;
    connect(target, callback);
  };
}

/** The first bytes of an answer as text; what follows is not read. */
async function readStart(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (bytes > maxResponseBytes) break;
  }
  const text = Buffer.concat(chunks).subarray(0, maxResponseBytes).toString('utf8');
  return text === '' ? undefined : printable(text).slice(0, shownResponseLength);
}

/** Without control characters, which neither a log nor a page should have to show. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\uFFFD');
}

function statusError(statusCode: number): string {
  if (statusCode >= 300 && statusCode < 400) return `redirect (${statusCode}): redirects are not followed`;
  return `answered ${statusCode}`;
}

/** Codes and reasons that the owner of an endpoint can act on, and nothing about our own network. */
function describe(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (error instanceof BlockedDestinationError) return error.message;
  if (cause instanceof BlockedDestinationError) return cause.message;
  if (error instanceof errors.ConnectTimeoutError) return 'could not connect in time';
  if ((error as Error).name === 'AbortError') return 'given up: this process is stopping';
  const { code, message } = error as { code?: string; message?: string };
  return (code ?? message ?? 'unknown error').slice(0, 200);
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
