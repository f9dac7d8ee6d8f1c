import { z } from 'zod';
import { ConfigError, DependencyUnavailableError, HttpProblem, SetupError } from './errors.ts';
import { isUnreachable } from './is-unreachable.ts';

function error(members: Record<string, unknown>, message = 'failed'): Error {
  const made = new Error(message);
  if (typeof members.name === 'string') made.name = members.name;
  return Object.assign(made, members);
}

const aws = (name: string, httpStatusCode: number, more = {}) =>
  error({ name, $metadata: { httpStatusCode }, ...more });
const postgres = (code: string) => error({ name: 'error', code, severity: 'FATAL' });
const redisReply = (message: string) => error({ name: 'ReplyError' }, message);
const cancelled = (...codes: string[]) =>
  aws('TransactionCanceledException', 400, { CancellationReasons: codes.map((Code) => ({ Code })) });

const network = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
].map((code): [string, unknown] => [code, error({ code })]);

const outages: [string, unknown][] = [
  ...network,
  ['our own error', new DependencyUnavailableError('PostgreSQL')],
  ['fetch that cannot connect', new TypeError('fetch failed', { cause: error({ code: 'ECONNREFUSED' }) })],
  ['happy eyeballs', new AggregateError([error({ code: 'ECONNREFUSED' }), error({ code: 'ENETUNREACH' })])],
  ['a wrapped outage', new Error('handler failed', { cause: new Error('x', { cause: error({ code: 'EPIPE' }) }) })],
  ['a timeout of fetch', new DOMException('timed out', 'TimeoutError')],
  ...['57P01', '57P02', '57P03', '08000', '08003', '08006', '08001', '53300'].map((code): [string, unknown] => [
    `PostgreSQL ${code}`,
    postgres(code),
  ]),
  ...[
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'timeout exceeded when trying to connect',
    'timeout expired',
  ].map((message): [string, unknown] => [`pg: ${message}`, new Error(message)]),
  ['ioredis gave up', error({ name: 'MaxRetriesPerRequestError' })],
  ...[
    'Connection is closed.',
    'Command timed out',
    'Command aborted due to connection close',
    "Stream isn't writeable and enableOfflineQueue options is false",
  ].map((message): [string, unknown] => [`ioredis: ${message}`, new Error(message)]),
  ...['LOADING Redis is loading', "READONLY You can't write", 'CLUSTERDOWN The cluster is down', 'MISCONF x'].map(
    (message): [string, unknown] => [`Redis: ${message}`, redisReply(message)],
  ),
  [
    'a MULTI with an outage inside',
    error({ name: 'ReplyError', previousErrors: [redisReply('OOM x')] }, 'EXECABORT x'),
  ],
  ['AWS 500', aws('InternalServerError', 500)],
  ['AWS 503', aws('ServiceUnavailable', 503)],
  ['AWS throttling', aws('ThrottlingException', 400)],
  ['a transaction that is still under way', aws('TransactionInProgressException', 400)],
  ['AWS 429', aws('TooManyRequestsException', 429)],
  ['AWS throughput', aws('ProvisionedThroughputExceededException', 400)],
  ['AWS request timeout', error({ name: 'TimeoutError', code: 'ETIMEDOUT', $metadata: { attempts: 3 } })],
  ['a transaction that was throttled', cancelled('None', 'ThrottlingError')],
  ['SMTP connection', error({ code: 'ECONNECTION', command: 'CONN' })],
  ['SMTP socket', error({ code: 'ESOCKET', command: 'CONN' })],
  ['SMTP 421', error({ code: 'EENVELOPE', responseCode: 421 })],
  ['an answer 503 of another service', new HttpProblem(503, 'DEPENDENCY_UNAVAILABLE', 'x')],
];

const refusals: [string, unknown][] = [
  ['nothing', undefined],
  ['a string', 'ECONNREFUSED'],
  ['a plain object', { code: 'ECONNREFUSED' }],
  ['a programming error', new TypeError("Cannot read properties of undefined (reading 'id')")],
  ['a reference error', new ReferenceError('x is not defined')],
  ['a validation error', z.object({ a: z.string() }).safeParse({}).error],
  ['a configuration error', new ConfigError('x')],
  ['a setup error, whatever caused it', new SetupError('x', { cause: error({ code: 'ENOTFOUND' }) })],
  ['an aborted call', new DOMException('aborted', 'AbortError')],
  ['a file that is missing', error({ code: 'ENOENT' })],
  ['a port that is taken', error({ code: 'EADDRINUSE' })],
  ...['23505', '23503', '42P01', '42601', '40001', '28P01', '57014', '08P01', '22P02'].map(
    (code): [string, unknown] => [`PostgreSQL ${code}`, postgres(code)],
  ),
  ...['WRONGTYPE Operation', 'NOSCRIPT No matching', 'ERR syntax error', 'NOAUTH x', 'WRONGPASS x', 'NOPERM x'].map(
    (message): [string, unknown] => [`Redis: ${message}`, redisReply(message)],
  ),
  ['access denied', aws('AccessDeniedException', 403)],
  ['a queue that does not exist', aws('QueueDoesNotExist', 400)],
  ['a queue that does not exist, by its code', error({ Code: 'AWS.SimpleQueueService.NonExistentQueue' })],
  ['a table that does not exist', aws('ResourceNotFoundException', 400)],
  ['a failed condition', aws('ConditionalCheckFailedException', 400)],
  ['a validation error of AWS', aws('ValidationException', 400)],
  ['a transaction with a failed condition', cancelled('ConditionalCheckFailed', 'ThrottlingError')],
  ['a transaction conflict', cancelled('None', 'TransactionConflict')],
  ['an AWS client error whatever caused it', aws('ValidationException', 400, { cause: error({ code: 'EPIPE' }) })],
  ['no credentials', error({ name: 'CredentialsProviderError' })],
  ['SMTP login refused', error({ code: 'EAUTH', responseCode: 535 })],
  ['SMTP recipient refused', error({ code: 'EENVELOPE', responseCode: 550 })],
  ['a client error of ours', new HttpProblem(409, 'X', 'x', {}, {}, { cause: error({ code: 'ECONNRESET' }) })],
  ['an unknown error', new HttpProblem(500, 'INTERNAL_ERROR', 'x')],
];

describe('isUnreachable', () => {
  it.each(outages)('recognises an outage: %s', (_name, thrown) => {
    expect(isUnreachable(thrown)).toBe(true);
  });

  it.each(refusals)('does not take for an outage: %s', (_name, thrown) => {
    expect(isUnreachable(thrown)).toBe(false);
  });

  it('survives causes that form a circle', () => {
    const one = new Error('one');
    const two = new Error('two', { cause: one });
    one.cause = two;
    expect(isUnreachable(one)).toBe(false);
  });
});
