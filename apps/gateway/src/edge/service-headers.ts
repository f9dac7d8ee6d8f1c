import { childTraceparent, currentContext } from '@atlas/platform';
import type { Request } from 'express';
import type { CurrentUser } from './identity.ts';

/** Who asks, as far as a service learns it. */
export type Asker = Pick<CurrentUser, 'tenantId' | 'userId' | 'role' | 'email'>;

/**
 * What a client may say to a service. A list of what passes, because a list of what is dropped forgets the next header
 * that some service comes to trust.
 */
const passed = [
  'accept',
  'accept-encoding',
  'accept-language',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'user-agent',
] as const;

/** What says how the body is to be read; nothing without a body. */
const passedWithBody = ['content-encoding', 'content-length', 'content-type'] as const;

/**
 * What belongs to the connection to the service and not to the answer (RFC 9110, section 7.6.1), and the cookie: the
 * session's is the gateway's, and a service that set one of that name would sign people out.
 */
const keptHere: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The headers of a client's request as the service gets them, with who asks, from where, and the trace. `passing` names
 * further ones that are passed on.
 */
export function forwardedHeaders(
  req: Request,
  { token, hasBody, passing = [] }: { token?: string; hasBody: boolean; passing?: readonly string[] },
) {
  const names = [...passed, ...(hasBody ? passedWithBody : []), ...passing];
  const said = names.flatMap((name) => (req.headers[name] === undefined ? [] : [[name, String(req.headers[name])]]));
  return {
    ...(Object.fromEntries(said) as Record<string, string>),
    ...askHeaders(token),
    'x-forwarded-for': req.ip ?? '',
    'x-forwarded-proto': req.protocol,
    'x-forwarded-host': req.host,
  };
}

/** The headers of a question of the gateway itself: in whose name, where it is in anybody's, and the trace. */
export function askHeaders(token: string | undefined): Record<string, string> {
  const context = currentContext();
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(context && {
      traceparent: childTraceparent(context.traceparent),
      'x-correlation-id': context.correlationId,
      'x-request-id': context.causationId,
    }),
  };
}

/** The headers of a service's answer that reach the client. */
export function* answerHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Generator<[string, string | string[]]> {
  const named = String(headers['connection'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || keptHere.has(name) || named.includes(name)) continue;
    yield [name, value];
  }
}
