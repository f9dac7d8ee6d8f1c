export { loadConfig, type Environment } from './config/load-config.ts';
export { isSecret } from './config/field-notes.ts';
export { environmentFields, integer, list, port, url } from './config/environment-fields.ts';
export {
  ConfigError,
  CorruptItemError,
  DependencyUnavailableError,
  HttpProblem,
  IdempotencyClaimLostError,
  InvalidCursorError,
  InvalidTokenError,
  SetupError,
  TransactionRefusedError,
} from './errors.ts';
export { isUnreachable } from './is-unreachable.ts';

export { annotateContext, currentContext, runWithContext, type Context } from './observability/context.ts';
export { describeError, type ErrorDescription } from './observability/describe-error.ts';
export { createLogger, type Logger } from './observability/logger.ts';
export { createMetrics, type Metrics } from './observability/metrics.ts';
export { startTelemetry, type SpanAttributes, type Telemetry } from './observability/telemetry.ts';
export { childTraceparent, isTraceparent, newTraceparent, traceIdOf } from './observability/traceparent.ts';

export { decodeCursor, encodeCursor } from './http/cursor.ts';
export { createHealth, type Health, type HealthCheck } from './http/health.ts';
export { createHttpApp } from './http/http-app.ts';
export { createHttpServer, type HttpServer } from './http/http-server.ts';
export { escaped, html, type Html, type HtmlPart } from './http/html.ts';
export { listQuery, pageOr400 } from './http/list-query.ts';
export { type Page, sendPage, stylePolicy } from './http/page.ts';
export { parse } from './http/parse.ts';
export { notFoundHandler, problem, problemHandler } from './http/problem.ts';
export { requestContext } from './http/request-context.ts';

export type { Identity } from './identity/identity.ts';
export { createIdentityIssuer, type IdentityIssuer } from './identity/issuer.ts';
export { identityOf, requireIdentity } from './identity/require-identity.ts';
export { requireRole } from './identity/require-role.ts';
export { remoteKeys } from './identity/remote-keys.ts';
export { createIdentityVerifier, localKeys, type IdentityVerifier } from './identity/verifier.ts';

export {
  createIdempotency,
  type Idempotency,
  type IdempotentHandler,
  type SaveResponse,
} from './idempotency/idempotency.ts';
export { createDynamoIdempotencyStore } from './idempotency/dynamo-idempotency-store.ts';
export { createInTransaction, type InTransaction } from './idempotency/dynamo-transaction.ts';
export { fingerprintOf, idempotencyKeyOf, idempotencyScope } from './idempotency/request-key.ts';
export type {
  IdempotencyBegin,
  IdempotencyClaim,
  IdempotencyRequest,
  IdempotencyStore,
  StoredResponse,
} from './idempotency/store.ts';

export {
  createDocumentClient,
  createDynamoClient,
  createSnsClient,
  createSqsClient,
  type AwsClientOptions,
} from './clients/aws.ts';
export { explained, isDenied } from './clients/aws-refusals.ts';
export { assertTables, pingQueue, pingTable } from './clients/reachable.ts';
export { assertRedisAccess, createRedis, pingRedis } from './clients/redis.ts';
export { describeTableChange, type TableChange, type TableDefinition, type TablePlan } from './clients/table-plan.ts';
export { applyTablePlan, ensureTables, planTableChanges } from './clients/tables.ts';

export { isConditionFailure, type TransactItem, transactionRefusal } from './dynamo/dynamo-writes.ts';
export { readItem } from './dynamo/read-item.ts';
export { tenantTable } from './dynamo/tenant-table.ts';

export { crashProbe, type Probe, probeEach } from './lifecycle/crash-probe.ts';
export { createReleaseStack, type ReleaseStack } from './lifecycle/release-stack.ts';
export { retryWhileUnreachable } from './lifecycle/retry-while-unreachable.ts';
export { openServiceClients, type ServiceClients, type ServiceEnvironment } from './lifecycle/service-clients.ts';
export { createTurns, type TakeTurns } from './lifecycle/turns.ts';
export { runMain, type RunningService } from './lifecycle/run-main.ts';
