import type { Kind } from '../kinds.ts';

/** A library that keeps state in the process, unless it is told where else. */
export interface LibraryRule {
  readonly modules: RegExp;
  /** Path to what is called, within the module; the module itself when left out. */
  readonly member?: RegExp;
  /** Options that take the state out of the process. */
  readonly unless?: readonly string[];
  /** What is kept matters where this property of it is read for more than to end what is in it. */
  readonly needs?: string;
  readonly kind: Kind;
  /** True when a call anywhere is enough; else it must be kept as long as the process. */
  readonly always?: boolean;
  readonly confidence?: number;
  /** It is passed to `register` rather than called. */
  readonly plugin?: boolean;
  /** The arguments that can be options, as for `slice`: all when left out. */
  readonly options?: readonly [from: number, to?: number];
  readonly says: string;
}

/** Common libraries of Express servers; general data flow finds the rest. */
export const LIBRARIES: readonly LibraryRule[] = [
  {
    modules: /^express-session$/,
    member: /^$/,
    unless: ['store'],
    kind: 'session',
    always: true,
    says: 'express-session without a `store` keeps sessions in MemoryStore',
  },
  {
    modules: /^express-session$/,
    member: /MemoryStore$/,
    kind: 'session',
    always: true,
    says: 'MemoryStore keeps sessions in the process',
  },
  {
    modules: /^(memorystore|session-memory-store)$/,
    kind: 'session',
    always: true,
    confidence: 0.8,
    says: 'this session store keeps sessions in the process',
  },
  {
    modules: /^session-file-store$/,
    kind: 'session',
    always: true,
    says: 'this session store keeps sessions in local files',
  },
  {
    modules: /^koa-generic-session$/,
    unless: ['store'],
    kind: 'session',
    always: true,
    confidence: 0.8,
    says: 'sessions without a `store` are kept in memory',
  },
  {
    modules: /^(@fastify\/session|fastify-session|@mgcrea\/fastify-session)$/,
    plugin: true,
    member: /^(fastifySession)?$/,
    unless: ['store'],
    kind: 'session',
    always: true,
    says: 'sessions without a `store` are kept in memory',
  },
  {
    modules: /^express-rate-limit$/,
    member: /^(rateLimit|)$/,
    unless: ['store'],
    kind: 'rate-limit',
    always: true,
    says: 'express-rate-limit without a `store` counts in memory',
  },
  {
    modules: /^express-rate-limit$/,
    member: /MemoryStore$/,
    kind: 'rate-limit',
    always: true,
    says: 'express-rate-limit’s MemoryStore counts in memory',
  },
  {
    modules: /^express-slow-down$/,
    member: /^(slowDown|)$/,
    unless: ['store'],
    kind: 'rate-limit',
    always: true,
    says: 'express-slow-down without a `store` counts in memory',
  },
  {
    modules: /^(@fastify\/rate-limit|fastify-rate-limit)$/,
    plugin: true,
    unless: ['redis', 'store'],
    kind: 'rate-limit',
    always: true,
    says: 'rate limits without `redis` or `store` are counted in memory',
  },
  {
    modules: /^(koa-ratelimit)$/,
    unless: ['db'],
    kind: 'rate-limit',
    always: true,
    confidence: 0.6,
    says: 'rate limits are counted in memory',
  },
  {
    modules: /^rate-limiter-flexible$/,
    member: /RateLimiterMemory$|RateLimiterCluster$|BurstyRateLimiter$/,
    kind: 'rate-limit',
    always: true,
    says: 'RateLimiterMemory counts in the process',
  },
  {
    modules: /^express-brute$/,
    member: /MemoryStore$/,
    kind: 'rate-limit',
    always: true,
    says: 'express-brute’s MemoryStore counts in the process',
  },
  {
    modules:
      /^(limiter|rolling-rate-limiter|p-throttle|p-ratelimit|token-bucket|lambda-rate-limiter|simple-rate-limiter|express-limiter|ratelimiter|throttled-queue|promise-ratelimit|express-throttle)$/,
    kind: 'rate-limit',
    says: 'this limiter counts in the process',
  },
  {
    // One that nobody here knows: where it keeps its counts is to be asked, and in memory is what most begin with.
    modules:
      /^(?!(rate-limiter-flexible|express-(rate-limit|slow-down|brute)|@fastify\/rate-limit|fastify-rate-limit|koa-ratelimit|ratelimiter|lambda-rate-limiter|simple-rate-limiter|rolling-rate-limiter|promise-ratelimit)$)(?!.*(redis|mongo|memcache|postgres|sequelize|knex|dynamo|store))(.*[-/])?(rate-?limit(er)?|slow-down|brute(-force)?)(-[\w-]+)?$|^(koa|express|connect|restify)-limit(er)?$/,
    unless: ['store', 'redis', 'client', 'db', 'storeClient'],
    kind: 'rate-limit',
    confidence: 0.93,
    says: 'this limiter counts in the process, unless it is told where else',
  },
  {
    modules: /^bottleneck$/,
    unless: ['datastore', 'connection'],
    kind: 'rate-limit',
    says: 'Bottleneck without a `datastore` counts in the process',
  },
  {
    modules: /^(p-limit|promise-limit|throat)$/,
    kind: 'rate-limit',
    says: 'the limit of calls at a time holds for this process only',
  },
  {
    modules: /^(lodash|underscore|lodash\.throttle|throttle-debounce|lodash\/throttle)$/,
    member: /^throttle$/,
    kind: 'rate-limit',
    confidence: 0.6,
    says: 'a throttle that lives as long as the process',
  },
  {
    modules: /^(lodash|underscore|throttle-debounce|debounce|lodash\.debounce|lodash\/debounce|p-debounce)$/,
    member: /^(debounce|)$/,
    kind: 'queue',
    confidence: 0.6,
    says: 'a debouncer that lives as long as the process',
  },
  {
    modules:
      /^(node-cache|memory-cache|quick-lru|mnemonist|tiny-lru|ttlcache|@isaacs\/ttlcache|simple-lru-cache|lru_map|lru|ttl-cache|hashlru|flru|map-cache|memcache-lite|fast-lru|memory-cache-node|@cacheable\/node-cache|expiry-map|js-cache|timed-cache|local-cache|nano-cache|stale-lru-cache|lru-memoizer|lru-cache-ts|node-ttl|catbox-memory|flat-cache)$/,
    kind: 'cache',
    says: 'this cache lives in the process',
  },
  {
    modules: /^(@graphql-yoga\/plugin-response-cache|@envelop\/response-cache)$/,
    member: /^useResponseCache$/,
    unless: ['cache'],
    kind: 'cache',
    always: true,
    says: 'answers are kept in the process unless the plugin is given a `cache`',
  },
  { modules: /^lru-cache$/, member: /^(LRUCache|LRU|)$/, kind: 'cache', says: 'lru-cache lives in the process' },
  {
    modules: /^(keyv|cacheable)$/,
    member: /^(Keyv|Cacheable|)$/,
    unless: ['store', 'secondary'],
    kind: 'cache',
    confidence: 0.8,
    says: 'without a `store` the cache lives in the process',
  },
  {
    modules: /^cache-manager$/,
    member: /^(caching|createCache|multiCaching)$/,
    unless: ['store', 'stores'],
    kind: 'cache',
    confidence: 0.75,
    says: 'without a shared store the cache lives in the process',
  },
  {
    modules: /^(apicache|express-cache-middleware|route-cache|express-cache-controller)$/,
    member: /^(middleware|cacheSeconds|)$/,
    unless: ['redisClient', 'store'],
    kind: 'cache',
    always: true,
    confidence: 0.75,
    says: 'this cache of answers lives in the process',
  },
  {
    modules:
      /^(memoizee(\/.*)?|p-memoize|mem|memoize|moize|fast-memoize|memoize-one|promise-memoize|micro-memoize|nano-memoize|async-memoize|memoizerific)$/,
    kind: 'cache',
    confidence: 0.65,
    says: 'a memoizer that lives as long as the process',
  },
  {
    modules: /^(lodash|underscore|lodash\.memoize|lodash\/memoize|ramda)$/,
    member: /^(memoize|memoizeWith|)$/,
    kind: 'cache',
    confidence: 0.6,
    says: 'a memoizer that lives as long as the process',
  },
  {
    modules: /^async$/,
    member: /^memoize$/,
    kind: 'cache',
    confidence: 0.7,
    says: 'a memoizer that lives as long as the process',
  },
  {
    modules: /^dataloader$/,
    kind: 'cache',
    says: 'a DataLoader outside a request keeps every result for ever, for all users',
  },
  {
    modules: /^(@apollo\/server|apollo-server(-express|-koa|-fastify|-core)?)$/,
    member: /^ApolloServer$/,
    unless: ['cache'],
    kind: 'cache',
    always: true,
    confidence: 0.7,
    says: 'ApolloServer without a shared `cache` keeps its cache in the process',
  },
  {
    modules:
      /^(p-queue|queue|fastq|better-queue|queue-promise|promise-queue|denque|yocto-queue|tinyqueue|fifo|double-ended-queue|js-priority-queue|@datastructures-js\/.*)$/,
    kind: 'queue',
    says: 'this queue lives in the process',
  },
  {
    modules: /^async(\/queue)?$/,
    member: /^(queue|priorityQueue|cargo|cargoQueue|)$/,
    kind: 'queue',
    says: 'this queue lives in the process',
  },
  {
    modules:
      /^(async-lock|async-mutex|await-lock|mutexify|locks|rwlock|await-semaphore|@shopify\/semaphore|semaphore|async-sema|live-mutex|proper-lockfile|lockfile|semaphore-async-await)$/,
    kind: 'lock',
    says: 'the lock holds within this process only',
  },
  {
    modules: /^(opossum|cockatiel|brakes|mollitia|levee|hystrixjs|circuit-breaker-js|circuitbreaker)$/,
    member: /^(circuitBreaker|CircuitBreaker|)$/,
    kind: 'lock',
    says: 'the breaker counts failures of this process only',
  },
  {
    modules:
      /^(mitt|eventemitter2|eventemitter3|emittery|nanoevents|tiny-emitter|wolfy87-eventemitter|node-event-emitter|evee)$/,
    kind: 'event-bus',
    says: 'the emitter reaches listeners in the same process only',
  },
  {
    modules: /^(graphql-subscriptions|apollo-server(-express)?|graphql-yoga|@graphql-yoga\/subscription|type-graphql)$/,
    member: /^(PubSub|createPubSub)$/,
    kind: 'event-bus',
    always: true,
    says: 'PubSub reaches subscribers in the same process only',
  },
  {
    modules: /^pubsub-js$/,
    member: /^(publish|subscribe|publishSync)$/,
    kind: 'event-bus',
    always: true,
    confidence: 0.8,
    says: 'pubsub-js reaches subscribers in the same process only',
  },
  {
    modules: /^socket\.io$/,
    member: /^(Server|listen|attach|)$/,
    unless: ['adapter'],
    options: [1],
    kind: 'event-bus',
    always: true,
    confidence: 0.7,
    says: 'socket.io without an adapter knows the sockets and rooms of this process only',
  },
  {
    modules: /^(ws)$/,
    member: /^(WebSocketServer|Server|WebSocket\.Server)$/,
    needs: 'clients',
    kind: 'event-bus',
    confidence: 0.6,
    says: 'the socket server knows the connections of this process only',
  },
  {
    modules:
      /^(node-cron|cron|node-schedule|toad-scheduler|(@[\w-]+\/)?bree|croner|cron-job-manager|simple-cron|easy-cron)$/,
    member:
      /^(schedule|scheduleJob|CronJob|CronJob\.from|CronJob\(\)\.start|Cron|ToadScheduler|setInterval|job|RecurrenceRule\(\)|default\.schedule|createTask|)$/,
    kind: 'schedule',
    always: true,
    says: 'the schedule runs in every replica',
  },
  {
    // `later.schedule(s).next()` only computes.
    modules: /^(later|@breejs\/later)$/,
    member: /^(default\.)?(setInterval|setTimeout)$/,
    kind: 'schedule',
    always: true,
    says: 'the schedule runs in every replica',
  },
  {
    modules: /^multer$/,
    member: /^(diskStorage)$/,
    kind: 'local-files',
    always: true,
    says: 'uploads are written to the local disk',
  },
  {
    modules: /^multer$/,
    member: /^$/,
    unless: ['storage', '!dest'],
    kind: 'local-files',
    always: true,
    says: 'uploads are written to the local disk',
  },
  {
    modules: /^(express-fileupload|formidable)$/,
    member: /^(formidable|IncomingForm|Formidable|)$/,
    unless: ['!useTempFiles', '!uploadDir'],
    kind: 'local-files',
    always: true,
    confidence: 0.65,
    says: 'uploads are written to the local disk',
  },
  {
    modules:
      /^(lowdb(\/.*)?|nedb|@seald-io\/nedb|nedb-promises|node-persist|conf|configstore|electron-store|node-localstorage|diskdb|json-server|lokijs|tingodb|simple-json-db|node-json-db|flat-file-db|stormdb|keyv-file|store2|locallydb|quick\.db|enmap|dirty)$/,
    member:
      /^(LowSync|Low|JSONFile|JSONFileSync|FileSync|FileAsync|JSONFilePreset|init|LocalStorage|connect|create|JsonDB|Config|router|initSync|Datastore|)$/,
    kind: 'local-files',
    always: true,
    confidence: 0.85,
    says: 'this store keeps its data in local files or in memory',
  },
  {
    modules:
      /^(better-sqlite3|sqlite3|duckdb|@lancedb\/lancedb|@electric-sql\/pglite|sqlite|level|leveldb|classic-level|rocksdb|lmdb|bun:sqlite|node:sqlite)$/,
    member: /^(Database|verbose\(\)\.Database|open|connect|PGlite|DatabaseSync|Level|ClassicLevel|)$/,
    kind: 'local-files',
    always: true,
    confidence: 0.7,
    says: 'an embedded database on the local disk',
  },
  {
    modules: /^generic-pool$/,
    member: /^(createPool|Pool)$/,
    kind: 'client-pool',
    says: 'the pool’s limit holds for this process only',
  },
  {
    modules: /^(https?|agentkeepalive)$/,
    member: /^(Agent|HttpsAgent|HttpAgent|)$/,
    unless: ['!maxSockets', '!maxTotalSockets'],
    kind: 'client-pool',
    confidence: 0.6,
    says: 'the agent limits connections of this process only',
  },
  {
    modules:
      /^(unleash-client|launchdarkly-node-server-sdk|@launchdarkly\/node-server-sdk|flagsmith-nodejs|@growthbook\/growthbook|configcat-node|@splitsoftware\/splitio|posthog-node)$/,
    member:
      /^(initialize|init|startUnleash|Unleash|Flagsmith|GrowthBook|GrowthBookClient|getClient|createClientWithAutoPoll|SplitFactory)$/,
    unless: ['featureStore', 'storageProvider'],
    kind: 'feature-flags',
    confidence: 0.6,
    says: 'each process keeps and refreshes its own copy of the flags',
  },
  {
    modules: /^passport-magic-link$/,
    unless: ['store', 'storage'],
    options: [0, 1],
    kind: 'session',
    always: true,
    confidence: 0.8,
    says: 'the strategy keeps its tokens in memory unless it is given a `storage`',
  },
  {
    // Nothing is remembered unless the answer is compared with the request.
    modules: /^(passport-saml|@node-saml\/(passport-saml|node-saml))$/,
    member: /^(Strategy|SAML|)$/,
    unless: ['cacheProvider', '!validateInResponseTo'],
    options: [0, 1],
    kind: 'session',
    always: true,
    confidence: 0.9,
    says: 'without a `cacheProvider` the ids of SAML requests are remembered in memory',
  },
  {
    modules: /^oidc-provider$/,
    member: /^(Provider|)$/,
    unless: ['adapter'],
    options: [1],
    kind: 'session',
    always: true,
    confidence: 0.9,
    says: 'without an `adapter` grants and sessions are kept in memory',
  },
  {
    modules: /^@nestjs\/schedule$/,
    member: /^(Cron|Interval)$/,
    kind: 'schedule',
    always: true,
    says: 'the schedule runs in every replica',
  },
  {
    modules: /^@nestjs\/throttler$/,
    member: /^ThrottlerModule\.forRoot(Async)?$/,
    unless: ['storage'],
    kind: 'rate-limit',
    always: true,
    says: 'ThrottlerModule without a `storage` counts in memory',
  },
  {
    modules: /^@nestjs\/(cache-manager|common)$/,
    member: /^CacheModule\.register(Async)?$/,
    unless: ['store', 'stores'],
    kind: 'cache',
    always: true,
    says: 'CacheModule without shared `stores` lives in the process',
  },
  {
    modules: /^@nestjs\/event-emitter$/,
    member: /^EventEmitterModule\.forRoot$/,
    kind: 'event-bus',
    always: true,
    says: 'its events reach listeners in the same process only',
  },
];
