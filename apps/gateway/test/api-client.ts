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
  headers?: Record<string, string>;
  key?: string;
}

export interface ApiClient {
  cookie: string | undefined;
  get(path: string, request?: ApiRequest): Promise<ApiResponse>;
  post(path: string, request?: ApiRequest): Promise<ApiResponse>;
  send(method: string, path: string, request?: ApiRequest): Promise<ApiResponse>;
}

/** A client of the API that keeps its session cookie, as a browser would. */
export function createApiClient(url: string): ApiClient {
  const client: ApiClient = {
    cookie: undefined,
    get: (path, request) => client.send('GET', path, request),
    post: (path, request) => client.send('POST', path, request),
    async send(method, path, { body, raw, headers, key } = {}) {
      const response = await fetch(url + path, {
        method,
        redirect: 'manual',
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(client.cookie ? { cookie: client.cookie } : {}),
          ...(key ? { 'idempotency-key': key } : {}),
          ...headers,
        },
        ...(raw !== undefined ? { body: raw } : body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        client.cookie = pair.endsWith('=') ? undefined : pair;
      }
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    },
  };
  return client;
}
