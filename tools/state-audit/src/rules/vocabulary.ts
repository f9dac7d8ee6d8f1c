import type { Kind } from '../kinds.ts';

export type Word = readonly [kind: Kind, pattern: RegExp, weight: number];

/** What a thing is looked up by. */
export const KEYS: readonly Word[] = [
  ['rate-limit', /\b(ip|ips|remote address|client address|forwarded for|real ip)\b/, 18],
  ['rate-limit', /\b(bans?|banned|blacklist|blocklist|block)\b/, 12],
  ['session', /\b(sid|session|session id|tokens?|cookies?|jwt|otp|authorization|captcha|csrf|nonce)\b/, 9],
  ['session', /\b(users?|user id|uid|user name|email|phone|login|logins|signin|code)\b/, 4],
  ['tenant-config', /\b(tenants?|tenant id|org|org id|organi[sz]ation|account id|workspace|host|hostname|domain)\b/, 6],
  ['idempotency', /\b(idempotency|event id|message id|delivery id|dedupe|webhook)\b/, 16],
  ['feature-flags', /\b(flags?|features?|experiments?|variants?)\b/, 8],
  ['event-bus', /\b(sockets?|rooms?|channels?|topics?|event connection)\b/, 5],
];

/** What is kept. */
export const STORED: readonly Word[] = [
  ['client-pool', /\b(create (client|pool|connection|transport)|connect)\b/, 6],
  ['event-bus', /\b(socket|websocket)( \.|$)/, 20],
  ['session', /\b(authorization|access token|refresh token|id token|session|login|signin|password|otp)\b/, 9],
  // `req.user`: who is logged in.
  ['session', /(^|\. )user( \.|$)/, 6],
  ['feature-flags', /\b(flags?|features?|experiments?|toggles?|rollouts?)\b/, 12],
  [
    'tenant-config',
    /\b(settings?|configs?|configuration|tenants?|themes?|branding|preferences|hostname|org(ani[sz]ation)?s?)\b/,
    9,
  ],
  ['rate-limit', /\b(blacklist|blocklist|denylist|banned|bans)\b/, 8],
  ['cache', /\b(fetch|axios|got|find( one| all| many| by id)?|query|select|aggregate|execute)\b/, 2],
];

/** Routes, and what is answered or thrown when the state says so. */
export const SAID: readonly Word[] = [
  ['rate-limit', /\b(too many|rate limit\w*|throttl\w+|retry after|bans?|banned|blacklist|slow down|quota)\b/, 8],
  ['feature-flags', /\b(flags?|features?|toggles?|experiments?|maintenance|variants?)\b/, 8],
  ['session', /\b(login|logout|sign ?in|otp|sessions?|tokens?|verify|captcha|password|presence|online|2fa|mfa)\b/, 6],
  ['tenant-config', /\b(tenants?|settings|config|themes?|branding|organi[sz]ations?)\b/, 5],
  ['event-bus', /\b(stream|subscribe|subscriptions?|events|sse|ws|sockets?|event stream|broadcast)\b/, 2],
  ['idempotency', /\b(webhooks?|duplicate|already (processed|handled|received)|idempoten\w+|replay)\b/, 6],
  ['lock', /\b(circuit|locked|in progress|already (running|started)|busy|unavailable)\b/, 8],
  ['queue', /\b(queue|queued|enqueue|jobs?)\b/, 4],
];

/** Names that are texts, or properties of things that everybody knows: `app.set('sessions', …)`, `global.rooms`. */
export const SHARED_NAMES: readonly Word[] = [
  ['rate-limit', /\b(rate|limits?|limiters?|throttl\w*|quotas?|attempts?|buckets?|bans?|banned|blacklist)\b/, 8],
  ['feature-flags', /\b(flags?|features?|toggles?|experiments?|variants?|maintenance|modes?)\b/, 8],
  ['client-pool', /\b(clients?|pools?|connections?|agents?)\b/, 4],
  ['tenant-config', /\b(tenants?|configs?|configuration|settings?|accounts?|orgs?|preferences|themes?|options)\b/, 6],
  ['session', /\b(sessions?|logins?|tokens?|otps?|captchas?|nonces?|online|presence|auth)\b/, 7],
  ['queue', /\b(queues?|pending|buffers?|batch(es)?|backlog|jobs?|tasks?|outbox)\b/, 7],
  ['lock', /\b(locks?|locked|mutex|in ?flight|running|busy|processing|importing|updating)\b/, 7],
  ['idempotency', /\b(idempoten\w*|processed|seen|dedupe?\w*|handled|delivered)\b/, 8],
  ['event-bus', /\b(emitters?|bus|listeners?|subscribers?|sockets?|rooms?|channels?|watchers?|peers?|io)\b/, 7],
  ['cache', /\b(caches?|cached|memo|lru|store|latest|recent|results?)\b/, 5],
  ['counter', /\b(counts?|counters?|totals?|stats|sequence|seq|next|visits?|hits)\b/, 5],
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
