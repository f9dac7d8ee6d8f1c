import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { DemoError } from './errors.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  path: string;
  /** JSON text, sent as it is. */
  body?: string;
  /** Required for a POST that must not happen twice: it stays the same over all tries. */
  idempotencyKey?: string;
  /** By which the events that it causes are found again. */
  correlationId?: string;
}

export interface ApiAnswer {
  status: number;
  /** The JSON of the answer, not checked yet (`expectBody` does); null where there is none. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
  readonly headers: Headers;
  /** When the head of the answer arrived, in epoch milliseconds. */
  at: number;
}

/** An HTTP client that lives through restarts of what it talks to, and keeps its session cookie. */
export interface PatientClient {
  /**
   * The answer, whatever its status, except that connection errors, 429, 502, 503, 504 and "this key is still in
   * progress" are tried again (Retry-After is honoured), and so is a 500, five times. Throws DemoError NOT_ANSWERING
   * when nothing but those came for `patienceMs`.
   */
  send(request: ApiRequest): Promise<ApiAnswer>;
  /** The cookies that the other side has set, as a request header. */
  cookie(): string;
}

export interface PatientClientOptions {
  baseUrl: string;
  /** What the other side is called in messages. */
  name: string;
  signal?: AbortSignal | undefined;
  /** How long the other side may give no useful answer at all; default 60 s. */
  patienceMs?: number;
  clock: () => number;
  /** In [0, 1). */
  random: () => number;
}

const requestTimeoutMs = 30_000;
const triesOfServerErrors = 5;
const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** Makes a client for one base URL. */
export function createPatientClient(options: PatientClientOptions): PatientClient {
  const { baseUrl, name, signal, patienceMs = 60_000, clock, random } = options;
  const cookies = new Map<string, string>();
  const cookie = () => [...cookies].map(([key, value]) => `${key}=${value}`).join('; ');
  // atlas-local-ok: one client of the demonstration
  let lastSignOfLife = clock();
  let inFlight = 0;

  async function attempt(request: ApiRequest): Promise<ApiAnswer & { retryAfterMs: number }> {
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    const answer = await fetch(new URL(request.path, baseUrl), {
      method: request.method,
      headers: headersOf(request, cookie()),
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const at = clock();
    for (const line of answer.headers.getSetCookie()) keepCookie(cookies, line);
    const retryAfterMs = Number(answer.headers.get('retry-after') ?? 0) * 1000 || 0;
    return { status: answer.status, headers: answer.headers, body: jsonOf(await answer.text()), at, retryAfterMs };
  }

  async function sendUntilAnswered(request: ApiRequest): Promise<ApiAnswer> {
    let lastReason = '';
    for (let tries = 1; ; tries += 1) {
      const answer = await attempt(request).catch((error: unknown) => {
        signal?.throwIfAborted();
        lastReason = reasonOf(error);
        return undefined;
      });
      if (answer && !isTemporary(answer, tries)) {
        lastSignOfLife = clock();
        return answer;
      }
      if (answer) lastReason = `it answered ${answer.status}`;
      // Being told to slow down is an answer as well.
      if (answer?.status === 429) lastSignOfLife = clock();
      if (clock() - lastSignOfLife > patienceMs) throw notAnswering(name, baseUrl, patienceMs, lastReason);
      if ((answer?.retryAfterMs ?? 0) > patienceMs) throw notAnswering(name, baseUrl, answer!.retryAfterMs, lastReason);
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1)) * (0.5 + random() / 2);
      await delay(Math.max(pauseMs, answer?.retryAfterMs ?? 0), undefined, { signal });
    }
  }

  return {
    cookie,
    send: async (request) => {
      // A client that was idle has no reason to be impatient already.
      if (inFlight === 0) lastSignOfLife = clock();
      inFlight += 1;
      try {
        return await sendUntilAnswered(request);
      } finally {
        inFlight -= 1;
      }
    },
  };
}

function headersOf({ body, idempotencyKey, correlationId }: ApiRequest, cookie: string): Record<string, string> {
  return {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    ...(correlationId === undefined ? {} : { 'x-correlation-id': correlationId }),
    // What a page of the gateway sends: with its cookie, a change that does not say where it comes from is refused.
    ...(cookie === '' ? {} : { cookie, 'sec-fetch-site': 'same-origin' }),
  };
}

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';');
  const separator = pair.indexOf('=');
  if (separator > 0) cookies.set(pair.slice(0, separator).trim(), pair.slice(separator + 1).trim());
}

function jsonOf(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function isTemporary({ status, body }: ApiAnswer, tries: number): boolean {
  if (status === 500) return tries < triesOfServerErrors;
  if (status === 409) return problemOf(body).code === 'IDEMPOTENCY_KEY_IN_PROGRESS';
  return status === 429 || status === 502 || status === 503 || status === 504;
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

function notAnswering(name: string, baseUrl: string, patienceMs: number, reason: string): DemoError {
  const message = `${name} at ${baseUrl} gives no useful answer for ${Math.round(patienceMs / 1000)} s (${reason}).`;
  return new DemoError('NOT_ANSWERING', message);
}

/** The answer when it has one of `statuses`; throws DemoError UNEXPECTED_ANSWER with what it says otherwise. */
export function expectStatus(answer: ApiAnswer, what: string, ...statuses: number[]): ApiAnswer {
  if (!statuses.includes(answer.status)) throw unexpectedAnswer(answer, what);
  return answer;
}

/** The same for the body, which must be as `schema` says. */
export function expectBody<T>(answer: ApiAnswer, what: string, schema: ZodType<T>, ...statuses: number[]): T {
  const body = schema.safeParse(expectStatus(answer, what, ...statuses).body);
  if (body.success) return body.data;
  const message = `${what} was answered with something else than expected: ${z.prettifyError(body.error)}`;
  throw new DemoError('UNEXPECTED_ANSWER', message);
}

/** The error for an answer that nobody can go on with. */
export function unexpectedAnswer({ status, body }: ApiAnswer, what: string): DemoError {
  const { detail } = problemOf(body);
  return new DemoError('UNEXPECTED_ANSWER', `${what} was answered with ${status}${detail ? `: ${detail}` : ''}`);
}

const problem = z.object({ code: z.string().optional(), detail: z.string().optional() });

function problemOf(body: unknown): z.infer<typeof problem> {
  return problem.safeParse(body).data ?? {};
}
