import type { Kind } from '../kinds.ts';

/** What is known about a piece of state when its kind is decided. */
export interface Traits {
  /** The names it goes by, nearest first: its own, its class or object, its file. */
  readonly own: string;
  readonly around: string;
  /** Names of the functions that write. */
  readonly writers: string;
  /** Text of the keys and of the values written. */
  readonly keys: string;
  readonly stored: string;
  readonly shape: ReadonlySet<Shape>;
}

export type Shape =
  | 'map'
  | 'list'
  | 'number'
  | 'boolean'
  | 'scalar'
  | 'timer'
  | 'incremented'
  | 'fifo'
  | 'promise'
  | 'connection'
  | 'time'
  | 'client'
  | 'toggled'
  | 'fetched'
  | 'function'
  | 'reset-time';

type Rule = readonly [kind: Kind, pattern: RegExp, weight: number];

/** Words as `words('rateLimit')` gives them: separated by blanks, lower case. */
const WORDS: readonly Rule[] = [
  [
    'rate-limit',
    /\b(rate|limit(s|er|ers)?|ratelimit(er)?|throttl\w*|quotas?|attempts?|buckets?|strikes?|cool ?downs?|penalt\w*|floods?|brute|bans?|banned|blocked|blocklist|slowdown|backoff|tries|abuse|budget|lockout)\b/g,
    3,
  ],
  [
    'feature-flags',
    /\b(flags?|features?|toggles?|experiments?|variants?|rollouts?|kill switch|switches|unleash|launchdarkly|treatments?|gates?|maintenance|modes?|enabled|disabled)\b/g,
    3.2,
  ],
  [
    'client-pool',
    /\b(clients?|pools?|pooled|connections?|agents?|transports?|transporters?|sdks?|stripe|twilio|sendgrid|mailers?|upstreams?|gateways?|apis)\b/g,
    2.4,
  ],
  [
    'tenant-config',
    /\b(tenants?|configs?|configuration|settings?|accounts?|orgs?|organi[sz]ations?|preferences|branding|themes?|workspaces?|options|policies|policy|customers?|plans?|domains?)\b/g,
    2.2,
  ],
  [
    'session',
    /\b(sessions?|logins?|signin|signup|logged|tokens?|otps?|captchas?|nonces?|csrf|online|presence|auth|sids?|verifications?|revoked|refresh tokens?|jwts?|signed in)\b/g,
    2.6,
  ],
  [
    'queue',
    /\b(queues?|queued|pending|buffers?|buffered|batch(es)?|backlog|jobs?|tasks?|outbox|debounce\w*|flush|spool|retries|waiting|scheduled|work|unsent|emails?|mails|dirty)\b/g,
    2.4,
  ],
  [
    'lock',
    /\b(locks?|locked|mutex(es)?|in ?flight|in progress|running|busy|processing|semaphores?|breakers?|circuits?|failures?|claimed|held|leases?|pending requests?|active|reserved|updating|syncing|working|importing|is open|exclusive|refreshing|generating)\b/g,
    2.6,
  ],
  [
    'idempotency',
    /\b(idempoten\w*|processed|seen|dedupe?\w*|already|handled|duplicates?|delivered|consumed|webhooks?|replayed|applied|fingerprints?)\b/g,
    3,
  ],
  [
    'event-bus',
    /\b(emitters?|bus|buses|listeners?|subscribers?|subscriptions?|observers?|sockets?|rooms?|channels?|broadcast\w*|watchers?|pubsub|topics?|peers?|viewers?|streams?|sse|hub|connected|participants?|callbacks)\b/g,
    2.6,
  ],
  [
    'cache',
    /\b(caches?|cached|fetched|refreshed|memo|memoi[sz]ed|lru|ttl|lookup|snapshot|latest|expires|prefetch\w*|results?|preloaded|memory|store|index|data)\b/g,
    2,
  ],
  [
    'counter',
    /\b(count(s|er|ers)?|totals?|stats?|statistics|metrics?|sequences?|seq|next|tally|visits?|serial|uptime|usage|hits)\b/g,
    1.6,
  ],
  ['session', /\b(challenges?|codes?|resets?)\b/g, 1.1],
  ['rate-limit', /\b(blacklist|denylist)\b/g, 3.2],
  ['counter', /\b(current|last|number|requests?|errors|score|user|calls|ids?)\b/g, 0.9],
];

const KEYS: readonly Rule[] = [
  ['rate-limit', /\b(ip|ips|remote address|client address|client ip)\b/g, 4],
  ['session', /\b(sid|session id|token|cookie|jwt|refresh token|state|otp|code)\b/g, 1.6],
  ['tenant-config', /\b(tenant|tenant id|org|org id|organization|account id|workspace|hostname)\b/g, 1.4],
  ['idempotency', /\b(idempotency|event id|message id|webhook|delivery id|request id|dedupe|nonce)\b/g, 2.2],
  ['feature-flags', /\b(flag|feature)\b/g, 1.5],
];

const STORED: readonly Rule[] = [
  [
    'client-pool',
    /\b(new \w*(client|pool|agent|sdk|stripe|s3|connection|transport)\w*|create (client|pool|connection|transport)|connect)\b/gi,
    2,
  ],
  ['session', /\b(user id|user|uid|logged in|login|session)\b/gi, 0.5],
  ['cache', /\b(expires?|expires at|ttl|cached at|fetched at|fetch|axios|find(one|all|many)?|query)\b/gi, 1],
  ['feature-flags', /\b(flags?|features?)\b/gi, 1],
  ['tenant-config', /\b(settings?|config|tenants?)\b/gi, 0.8],
  ['rate-limit', /\b(reset at|window start|reset time|first request|window ms|attempts)\b/gi, 2],
];

/** Splits camelCase, snake_case and paths into lower-case words. */
export function words(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .toLowerCase()
    .trim();
}

/** The kind whose evidence weighs most: names first, then keys, values and how it changes. */
export function classify(traits: Traits): Kind {
  const score = new Map<Kind, number>();
  const add = (kind: Kind, weight: number) => score.set(kind, (score.get(kind) ?? 0) + weight);
  const read = (rules: readonly Rule[], text: string, factor: number) => {
    for (const [kind, pattern, weight] of rules) {
      const hits = new Set(words(text).match(pattern) ?? []).size;
      if (hits > 0) add(kind, weight * factor * (1 + 0.25 * (hits - 1)));
    }
  };
  read(WORDS, traits.own, 1.5);
  read(WORDS, traits.around, 0.6);
  read(WORDS, traits.writers, 0.55);
  read(KEYS, traits.keys, 1);
  read(STORED, traits.stored, 1);
  for (const shape of traits.shape) for (const [kind, weight] of SHAPES[shape] ?? []) add(kind, weight);
  // A bare number or flag is no table of clients, users or settings.
  const isScalar = !traits.shape.has('map') && !traits.shape.has('list');
  if (isScalar && (traits.shape.has('number') || traits.shape.has('incremented')) && !traits.shape.has('time')) {
    for (const kind of ['client-pool', 'session', 'tenant-config', 'event-bus', 'cache', 'idempotency'] as const)
      add(kind, -0.6 * (score.get(kind) ?? 0));
  }
  if (!traits.shape.has('client')) add('client-pool', -0.5 * (score.get('client-pool') ?? 0));
  const best = [...score].sort((a, b) => b[1] - a[1])[0];
  return best?.[0] ?? 'cache';
}

const SHAPES: Partial<Record<Shape, readonly (readonly [Kind, number])[]>> = {
  map: [['cache', 1.1]],
  list: [
    ['cache', 1.5],
    ['queue', 0.5],
  ],
  number: [['counter', 1.4]],
  scalar: [['counter', 0.8]],
  boolean: [
    ['lock', 0.8],
    ['counter', 0.5],
  ],
  timer: [['queue', 3]],
  incremented: [
    ['counter', 1.2],
    ['rate-limit', 0.5],
  ],
  fifo: [['queue', 3]],
  promise: [['lock', 2.2]],
  connection: [['event-bus', 4.5]],
  time: [
    ['rate-limit', 0.6],
    ['cache', 0.5],
  ],
  client: [['client-pool', 4.5]],
  toggled: [['lock', 3]],
  fetched: [['cache', 1.2]],
  function: [['event-bus', 2.2]],
  'reset-time': [['rate-limit', 2]],
};
