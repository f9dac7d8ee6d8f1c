import type { Redis } from 'ioredis';

/**
 * Under a key stands `<version>:<JSON>`, or `<version>:` alone, which puts everything older than that version out of use:
 * whoever is about to write it to the source says so first.
 */
const read = `
local value = redis.call('GET', KEYS[1])
return value and string.match(value, '^%d+:(.+)$') or false
`;

/** Arguments: version, JSON, kept for ms. Nothing happens when a newer version stands there, or puts this one out of use. */
const keep = `
local current = tonumber(string.match(redis.call('GET', KEYS[1]) or '', '^(%d+):') or '-1')
if tonumber(ARGV[1]) < current then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'PX', ARGV[3])
return 1
`;

/** Arguments: version, for ms. */
const outdate = `
local current = tonumber(string.match(redis.call('GET', KEYS[1]) or '', '^(%d+):') or '-1')
if current < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1] .. ':', 'PX', ARGV[2]) end
`;

/** The scripts as methods of the client. */
export interface CacheScripts {
  atlasCacheGet(key: string): Promise<string | null>;
  atlasCacheKeep(key: string, version: number, json: string, keepMs: number): Promise<number>;
  atlasCacheOutdate(key: string, version: number, forMs: number): Promise<null>;
}

/** Adds the scripts to the client (EVALSHA; EVAL when Redis does not know one yet). Doing it twice changes nothing. */
export function withCacheScripts(redis: Redis): CacheScripts {
  redis.defineCommand('atlasCacheGet', { numberOfKeys: 1, lua: read });
  redis.defineCommand('atlasCacheKeep', { numberOfKeys: 1, lua: keep });
  redis.defineCommand('atlasCacheOutdate', { numberOfKeys: 1, lua: outdate });
  return redis as unknown as CacheScripts;
}
