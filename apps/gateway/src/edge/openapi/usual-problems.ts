import type { Operation } from './operation.ts';

/** Problem codes by HTTP status. */
export type Problems = Readonly<Record<number, readonly string[]>>;

/** Any request: too many of them, or something that every route needs is away. */
const ofEveryRoute: Problems = { 429: ['TOO_MANY_REQUESTS'], 503: ['DEPENDENCY_UNAVAILABLE'] };

/** A request that changes something has passed the check for other sites, and its body was read. */
const ofChanges: Problems = {
  400: ['MALFORMED_BODY', 'REQUEST_ABORTED', 'BODY_SIZE_MISMATCH'],
  403: ['CROSS_SITE_REQUEST'],
  413: ['BODY_TOO_LARGE'],
  415: ['JSON_BODY_REQUIRED', 'UNSUPPORTED_CHARSET', 'UNSUPPORTED_ENCODING'],
};

const ofSignedIn: Problems = { 401: ['NOT_SIGNED_IN', 'INVALID_API_KEY'], 403: ['ROLE_REQUIRED'] };
const ofScope: Problems = { 403: ['SCOPE_REQUIRED'] };
/** An API key may not, whatever its scopes. */
const ofSessionOnly: Problems = { 403: ['SESSION_REQUIRED'] };

const ofParams: Problems = { 400: ['INVALID_PATH', 'MALFORMED_URL'] };
const ofQuery: Problems = { 400: ['INVALID_QUERY'] };
const ofBody: Problems = { 400: ['INVALID_BODY'] };

const ofIdempotencyKey: Problems = {
  400: ['IDEMPOTENCY_KEY_MALFORMED', 'INVALID_BODY'],
  409: ['IDEMPOTENCY_KEY_IN_PROGRESS'],
  422: ['IDEMPOTENCY_KEY_REUSED'],
};

/** Every problem that an operation can answer with: its own, and those of every route that is like it. */
export function problemsOf(operation: Operation): Problems {
  const { method, access, params, query, body, idempotencyKey, problems } = operation;
  return merged([
    ofEveryRoute,
    ...(method === 'get' ? [] : [ofChanges]),
    ...(access === 'anybody' ? [] : [ofSignedIn, access.scope ? ofScope : ofSessionOnly]),
    ...(params ? [ofParams] : []),
    ...(query ? [ofQuery] : []),
    ...(body ? [ofBody] : []),
    ...(idempotencyKey ? [ofIdempotencyKey] : []),
    ...(problems ? [problems] : []),
  ]);
}

function merged(all: readonly Problems[]): Problems {
  const codes = all.flatMap((problems) => Object.entries(problems));
  const byStatus = Map.groupBy(codes, ([status]) => Number(status));
  return Object.fromEntries(
    [...byStatus]
      .sort(([one], [other]) => one - other)
      .map(([status, lists]) => [status, [...new Set(lists.flatMap(([, list]) => list))]]),
  );
}
