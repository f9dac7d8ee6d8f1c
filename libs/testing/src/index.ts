export { captureLogs, type CapturedLogs } from './captured-logs.ts';
export { ConditionTimeoutError, StackNotRunningError } from './errors.ts';
export { eventually } from './eventually.ts';
export { startHttpFake, type FakeRequest, type HttpFake } from './http-fake.ts';
export { idempotencyStoreContract, type IdempotencyStoreSubject } from './idempotency-store-contract.ts';
export { leakCheck } from './leak-check.ts';
export { stackVariable, testPrefix, testRedis } from './stack.ts';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
