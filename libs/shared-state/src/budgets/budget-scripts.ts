import type { Redis } from 'ioredis';

/**
 * The slots of a budget are a sorted set: the token of each holder with the time at which its lease ends, in milliseconds
 * of Redis's clock, so that the clocks of the holders do not matter. What has ended is removed by whoever comes next.
 */
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Arguments: limit, lease ms, tokens. Answers how many of the tokens, the first ones, have got a slot, and in how many
 * milliseconds a lease ends at the earliest.
 */
const acquire = `${now}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local free = tonumber(ARGV[1]) - redis.call('ZCARD', KEYS[1])
local granted = math.max(0, math.min(free, #ARGV - 2))
for i = 1, granted do redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[i + 2]) end
if granted > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return { granted, first[2] and first[2] - now or 0 }
`;

/** Arguments: lease ms, tokens. Answers 1 for each token whose lease had not ended and is longer now, else 0. */
const renew = `${now}
local answer = {}
for i = 2, #ARGV do
  local ends = redis.call('ZSCORE', KEYS[1], ARGV[i])
  answer[i - 1] = ends and tonumber(ends) > now and 1 or 0
  if answer[i - 1] == 1 then redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
end
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return answer
`;

/** The scripts as methods of the client. */
export interface BudgetScripts {
  atlasBudgetAcquire(key: string, limit: number, leaseMs: number, ...tokens: string[]): Promise<[number, number]>;
  atlasBudgetRenew(key: string, leaseMs: number, ...tokens: string[]): Promise<number[]>;
}

/** Adds the scripts to the client (EVALSHA; EVAL when Redis does not know one yet). Doing it twice changes nothing. */
export function withBudgetScripts(redis: Redis): BudgetScripts {
  redis.defineCommand('atlasBudgetAcquire', { numberOfKeys: 1, lua: acquire });
  redis.defineCommand('atlasBudgetRenew', { numberOfKeys: 1, lua: renew });
  return redis as unknown as BudgetScripts;
}
