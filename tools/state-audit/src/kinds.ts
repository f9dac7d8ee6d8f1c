/** What a finding is about: the categories of the audit. */
export const KINDS = {
  'rate-limit': {
    title: 'rate limiters and throttles',
    problem:
      'every replica counts for itself: the real limit is the limit times the number of replicas, and a restart forgets',
    risk: 'security',
    replacement:
      'a counter in Redis: `createRateLimit` of @atlas/shared-state, or rate-limiter-flexible / rate-limit-redis with a Redis store',
  },
  'feature-flags': {
    title: 'feature-flag caches',
    problem: 'replicas disagree about a flag until each has reloaded: one user sees both behaviours',
    risk: 'correctness',
    replacement: 'flags in Redis with change notices: the flag provider of @atlas/shared-state behind OpenFeature',
  },
  'client-pool': {
    title: 'third-party client pools',
    problem:
      'the limit towards the third party holds per process: N replicas open N times as many connections or calls',
    risk: 'capacity',
    replacement:
      'a budget that all replicas share: `createOutboundBudget` of @atlas/shared-state; clients made in createX(deps) and owned by the app',
  },
  'tenant-config': {
    title: 'tenant and configuration aggregators',
    problem:
      'a change reaches one replica only: the others answer with the old configuration, or with that of another request',
    risk: 'correctness',
    replacement: 'a versioned read-through copy in Redis, deep-frozen: `tenantSettings` of @atlas/shared-state',
  },
  session: {
    title: 'in-memory sessions and tokens',
    problem: 'the next request may reach another replica, which does not know the user; a deploy logs everybody out',
    risk: 'security',
    replacement:
      'express-session with connect-redis, as apps/gateway does; short-lived secrets in Redis with an expiry',
  },
  cache: {
    title: 'other caches and data kept in memory',
    problem:
      'replicas hold different copies: a write on one is not seen by the others, and a restart loses what exists only here',
    risk: 'correctness',
    replacement:
      'the database or Redis with an expiry and invalidation; a short-lived copy per request where speed is all it is for',
  },
  queue: {
    title: 'queues, buffers and debouncers',
    problem: 'what waits in memory is lost when the process ends, and other replicas cannot help with it',
    risk: 'correctness',
    replacement: 'a queue outside the process: the transactional outbox and consumers of @atlas/messaging (SQS)',
  },
  lock: {
    title: 'locks, in-flight registries and circuit breakers',
    problem: 'it excludes only callers in the same process: two replicas do the same work at once',
    risk: 'correctness',
    replacement:
      'a lease in Redis with an expiry and a fencing token (effect leases of @atlas/messaging), or a row lock / advisory lock in PostgreSQL',
  },
  idempotency: {
    title: 'idempotency and deduplication stores',
    problem: 'a repeated request that reaches another replica, or comes after a restart, is done twice',
    risk: 'correctness',
    replacement:
      'a marker in the same transaction as the effect: the inbox of @atlas/messaging, or the Idempotency-Key store of @atlas/platform',
  },
  'event-bus': {
    title: 'in-process event buses and connection registries',
    problem: 'only listeners in the same process hear it: those of the other replicas miss the event',
    risk: 'correctness',
    replacement:
      '`EventBus.publish` of @atlas/messaging (SNS/SQS); Redis pub/sub to reach sockets held by other replicas',
  },
  counter: {
    title: 'counters and request state',
    problem:
      'each replica has its own value, requests that run at once share it, and it starts again with every process',
    risk: 'correctness',
    replacement:
      'a sequence in the database or INCR in Redis; request state in AsyncLocalStorage or passed as an argument; metrics in a registry',
  },
  schedule: {
    title: 'schedules',
    problem: 'it runs once per replica: N replicas do the work N times, at the same moment',
    risk: 'correctness',
    replacement:
      'a scheduler outside (EventBridge, cron job) that sends one message, or a lease in Redis taken by the replica that runs it',
  },
  environment: {
    title: 'environment mutation',
    problem: 'the change is seen by everything in this process and by no other replica',
    risk: 'correctness',
    replacement: 'configuration that is read once (`loadConfig` of @atlas/platform) and passed on',
  },
  'local-files': {
    title: 'local files and directories used as state',
    problem: 'the file is on the disk of one replica: the others do not find it, and a new container starts without it',
    risk: 'correctness',
    replacement:
      'object storage (S3) or the database; the operating system’s temporary folder for what ends with the request',
  },
} as const satisfies Record<
  string,
  { title: string; problem: string; risk: 'correctness' | 'security' | 'capacity'; replacement: string }
>;

export type Kind = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as Kind[];
