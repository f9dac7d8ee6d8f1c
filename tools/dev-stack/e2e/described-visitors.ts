import { createAnswerCheck } from '@atlas/testing';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // What the API answers is what the tests are about.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** Sends a request, and compares what comes back with the API description. `key` is the Idempotency-Key. */
export type Send = (method: string, path: string, body?: object, options?: { key?: string }) => Promise<Reply>;

/** People at the gateway of this URL, each with a session of their own, whose answers are compared with the API description. */
export async function createVisitors(url: string): Promise<() => Send> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Parameters<typeof createAnswerCheck>[0];
  const asDescribed = createAnswerCheck(document);
  return () => {
    let cookie = '';
    return async (method, path, body, { key } = {}) => {
      const headers = {
        cookie,
        'sec-fetch-site': 'same-origin',
        ...(body && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      };
      const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
      const text = await answer.text();
      const contentType = answer.headers.get('content-type');
      const parsed: unknown = /json/.test(contentType ?? '') ? JSON.parse(text) : text;
      asDescribed({ method, path, status: answer.status, contentType, body: parsed });
      return { status: answer.status, headers: answer.headers, body: parsed };
    };
  };
}
