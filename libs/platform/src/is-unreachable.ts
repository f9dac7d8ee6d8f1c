import { isErrorLike } from './observability/describe-error.ts';

/** Network codes of Node, undici (`UND_ERR_*`), and nodemailer's own (ECONNECTION, ESOCKET, EDNS). */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
  'ECONNECTION',
  'ESOCKET',
  'EDNS',
  'DEPENDENCY_UNAVAILABLE',
]);

/**
 * PostgreSQL, appendix A of its manual: class 08 connection exceptions (not 08P01, a protocol violation, which a
 * programming error causes), 57P01 to 57P03 shutting down or starting up, 53300 too many connections.
 */
const POSTGRES_CODE = /^(08(?!P01)[0-9A-Z]{3}|57P0[123]|53300)$/;

/** What pg and pg-pool say without a code. */
const POSTGRES_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired$|Query read timeout)/;

/** Replies of a Redis that runs but cannot serve: loading its file, failing over, read-only, full, busy in a script. */
const REDIS_REPLY = /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|OOM|BUSY) /;

/** What ioredis says without a code. */
const REDIS_MESSAGE =
  /^(Connection is closed\.$|Command timed out$|Command aborted due to connection close$|Stream isn't writeable)/;

/** Errors of the AWS SDK that say "later, please", whatever their status (retry behaviour of the AWS SDKs). */
const AWS_LATER = new Set([
  'RequestTimeout',
  'RequestTimeoutException',
  // The transaction whose answer was lost is still under way.
  'TransactionInProgressException',
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'BandwidthLimitExceeded',
  'SlowDown',
  'KMSThrottlingException',
  'KmsThrottled',
]);
/** Reasons in a cancelled DynamoDB transaction that are throttling, not conflict or a failed condition. */
const TRANSACTION_THROTTLING = new Set(['ThrottlingError', 'ProvisionedThroughputExceeded']);

interface Candidate {
  name?: string;
  message: string;
  code?: unknown;
  status?: unknown;
  responseCode?: unknown;
  severity?: unknown;
  cause?: unknown;
  errors?: unknown;
  previousErrors?: unknown;
  CancellationReasons?: { Code?: string }[];
  $metadata?: { httpStatusCode?: number };
  $fault?: unknown;
}

/**
 * Whether `error`, or anything in its `cause`, AggregateError or pipeline errors, says that a dependency does not answer
 * at the moment: network errors, a database that shuts down or starts up, throttling, server errors of AWS, SMTP 421. Such a message or request
 * is tried again later and never counted as a failure. Refusals are not outages: validation, access denied, something
 * that does not exist, a client error. Ask only about errors of Atlas's own dependencies, not of a tenant's endpoint.
 */
export function isUnreachable(error: unknown): boolean {
  return search(error, new Set());
}

function search(error: unknown, seen: Set<unknown>): boolean {
  if (!isErrorLike(error) || seen.has(error)) return false;
  seen.add(error);
  const candidate = error as Candidate;
  if (isRefusal(candidate)) return false;
  if (isOutage(candidate)) return true;
  const nested = [candidate.cause, candidate.errors, candidate.previousErrors].flat();
  return nested.some((inner) => search(inner, seen));
}

// An answer of ours or of AWS with a client-error status is a decision that was made, whatever caused it further down.
function isRefusal({ name, code, status, $metadata }: Candidate): boolean {
  // Somebody has looked at the cause already, and found that only a person can mend it.
  if (code === 'SETUP_REQUIRED') return true;
  const answered = name === 'HttpProblem' ? status : $metadata?.httpStatusCode;
  if (typeof answered !== 'number' || answered === 429) return false;
  return answered >= 400 && answered < 500 && !AWS_LATER.has(name ?? '') && name !== 'TransactionCanceledException';
}

function isOutage(candidate: Candidate): boolean {
  const { name = '', message, code, responseCode } = candidate;
  if (typeof code === 'string' && NETWORK_CODES.has(code)) return true;
  if (typeof code === 'string' && candidate.severity !== undefined) return POSTGRES_CODE.test(code);
  if (name === 'TimeoutError' || name === 'MaxRetriesPerRequestError') return true;
  if (name === 'ReplyError') return REDIS_REPLY.test(message);
  if (responseCode === 421) return true;
  return (
    POSTGRES_MESSAGE.test(message) || REDIS_MESSAGE.test(message) || isHttpOutage(candidate) || isAwsOutage(candidate)
  );
}

function isHttpOutage({ name, status }: Candidate): boolean {
  return name === 'HttpProblem' && (status === 502 || status === 503 || status === 504);
}

function isAwsOutage({ name = '', $metadata, CancellationReasons }: Candidate): boolean {
  const status = $metadata?.httpStatusCode;
  if (AWS_LATER.has(name)) return true;
  if (status !== undefined && (status >= 500 || status === 429)) return true;
  const reasons = (CancellationReasons ?? []).flatMap(({ Code }) => (Code && Code !== 'None' ? [Code] : []));
  return reasons.length > 0 && reasons.every((reason) => TRANSACTION_THROTTLING.has(reason));
}
