import { type Answer, createAnswerCheck } from '@atlas/testing';
import { operations } from '../src/api.ts';
import { createOpenApiDocument } from '../src/edge/openapi/document.ts';

export interface ApiResponse {
  status: number;
  headers: Headers;
  // What the API answers is what the tests are about: they look into it without ceremony.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

export interface ApiRequest {
  body?: unknown;
  /** Sent as it is, instead of `body` as JSON. */
  raw?: string | Uint8Array;
  /** `undefined` leaves out what is sent otherwise. */
  headers?: Record<string, string | undefined>;
  key?: string;
  /** False where something else than Atlas answers, which the API description knows nothing of. */
  described?: boolean;
}

export interface ApiClient {
  cookie: string | undefined;
  get(path: string, request?: ApiRequest): Promise<ApiResponse>;
  post(path: string, request?: ApiRequest): Promise<ApiResponse>;
  send(method: string, path: string, request?: ApiRequest): Promise<ApiResponse>;
}

// One per test file: each of them is a realm of its own.
const asDescribed = createAnswerCheck(createOpenApiDocument(operations));

/**
 * A client of the API that keeps its session cookie, as a browser would. Every answer is compared with the API
 * description, and one that differs in status, problem code or body rejects; `described: false` leaves that out.
 */
export function createApiClient(url: string, options: { described?: boolean } = {}): ApiClient {
  const client: ApiClient = {
    cookie: undefined,
    get: (path, request) => client.send('GET', path, request),
    post: (path, request) => client.send('POST', path, request),
    async send(method, path, { body, raw, headers, key, described = options.described ?? true } = {}) {
      const response = await fetch(url + path, {
        method,
        redirect: 'manual',
        headers: defined({
          // What a page of ours sends: with the cookie, a change that does not say where it comes from is refused.
          ...(headers && 'origin' in headers ? {} : { 'sec-fetch-site': 'same-origin' }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(client.cookie ? { cookie: client.cookie } : {}),
          ...(key ? { 'idempotency-key': key } : {}),
          ...headers,
        }),
        ...(raw !== undefined ? { body: raw } : body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        client.cookie = pair.endsWith('=') ? undefined : pair;
      }
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      const answer = { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
      if (described) asDescribed(answerTo(method, path, answer));
      return answer;
    },
  };
  return client;
}

function answerTo(method: string, path: string, { status, headers, body }: ApiResponse): Answer {
  return { method, path, status, contentType: headers.get('content-type'), body };
}

function defined(headers: Record<string, string | undefined>): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}
