import type { IdentityIssuer } from '@atlas/platform';

export interface ServiceReply {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into bodies of many shapes.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** Asks a service as somebody. `key` is the Idempotency-Key; `raw` is sent as it is, in place of `body` as JSON. */
export type ServiceClient = (
  method: string,
  path: string,
  options?: { body?: unknown; key?: string; headers?: Record<string, string>; raw?: string },
) => Promise<ServiceReply>;

/** Who asks; a fresh identity token for `audience` goes with every request. */
export interface Caller {
  readonly issuer: IdentityIssuer;
  readonly audience: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly role: 'owner' | 'member' | 'operator';
  readonly email?: string;
}

/** A client of the service at `url`, as the gateway would call it for `caller`; without one, without any identity. */
export function createServiceClient(url: string, caller?: Caller): ServiceClient {
  return async (method, path, { body, key, headers, raw } = {}) => {
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${url}${path}`, {
      method,
      body: content,
      headers: {
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(caller === undefined ? {} : { authorization: `Bearer ${await tokenOf(caller)}` }),
        ...headers,
      },
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: isJson ? (JSON.parse(text) as unknown) : text };
  };
}

const tokenOf = ({ issuer, audience, tenantId, userId, role, email }: Caller): Promise<string> =>
  issuer.issue({ tenantId, userId, roles: [role], audience, ...(email === undefined ? {} : { email }) });
