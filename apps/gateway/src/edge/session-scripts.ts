import type { Redis } from 'ioredis';

/**
 * KEYS of every script but `use`: the user's index (a sorted set: session id by last use) and the devices of its sessions (a hash).
 * ARGV[1] is what the keys of sessions begin with. The keys of other sessions of the user are made from it inside the
 * scripts, which a Redis Cluster would refuse; Atlas runs on one primary.
 */
const prelude = `
local sessions = ARGV[1]
local function forget(id)
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
`;

/** id, data, seconds, now (ms), device, idle seconds, most sessions. Answers 1, or 0 when there is a session with this id. */
const begin = `${prelude}
local id, now, idle, most = ARGV[2], tonumber(ARGV[5]), tonumber(ARGV[7]), tonumber(ARGV[8])
if not redis.call('SET', sessions .. id, ARGV[3], 'EX', ARGV[4], 'NX') then return 0 end
for _, unused in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - idle * 1000)) do
  if redis.call('EXISTS', sessions .. unused) == 0 then forget(unused) end
end
redis.call('ZADD', KEYS[1], now, id)
redis.call('HSET', KEYS[2], id, ARGV[6])
local tooMany = redis.call('ZCARD', KEYS[1]) - most
if tooMany > 0 then
  for _, oldest in ipairs(redis.call('ZRANGE', KEYS[1], 0, tooMany - 1)) do
    redis.call('DEL', sessions .. oldest)
    forget(oldest)
  end
end
redis.call('EXPIRE', KEYS[1], idle)
redis.call('EXPIRE', KEYS[2], idle)
return 1
`;

/**
 * KEYS: the session's, which alone says whose it is. ARGV: what the keys of indexes begin with, id, now (ms), idle seconds, absolute
 * (ms). Answers the data, or nil: a session that has ended stays so, here and in the index. What is no session, or is over, is not prolonged.
 */
const use = `
local data = redis.call('GET', KEYS[1])
if not data then return false end
local isJson, session = pcall(cjson.decode, data)
if not isJson or type(session) ~= 'table' then return data end
if type(session.userId) ~= 'string' or type(session.createdAt) ~= 'number' then return data end
local now, idle = tonumber(ARGV[3]), tonumber(ARGV[4])
local seconds = math.min(idle, math.ceil((session.createdAt + tonumber(ARGV[5]) - now) / 1000))
if seconds <= 0 then return data end
local index = ARGV[1] .. session.userId
redis.call('EXPIRE', KEYS[1], seconds)
redis.call('ZADD', index, now, ARGV[2])
redis.call('EXPIRE', index, idle)
redis.call('EXPIRE', index .. ':devices', idle)
return data
`;

/** id. Answers 1 when there was such a session. */
const end = `${prelude}
forget(ARGV[2])
return redis.call('DEL', sessions .. ARGV[2])
`;

/** The id of the one that stays, or ''. Answers how many sessions have ended. */
const endAll = `${prelude}
local ended = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if id ~= ARGV[2] then
    ended = ended + redis.call('DEL', sessions .. id)
    forget(id)
  end
end
return ended
`;

/** Answers id, last use (ms), data and device ('' when unknown) of each session, the one used last first. */
const list = `${prelude}
local found = redis.call('ZREVRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local answer = {}
for i = 1, #found, 2 do
  local data = redis.call('GET', sessions .. found[i])
  if data then
    local device = redis.call('HGET', KEYS[2], found[i])
    for _, value in ipairs({ found[i], found[i + 1], data, device or '' }) do answer[#answer + 1] = value end
  else
    forget(found[i])
  end
end
return answer
`;

type Arguments = [index: string, devices: string, sessions: string, ...rest: (string | number)[]];

/** The scripts as methods of the client. */
export interface SessionScripts {
  atlasSessionBegin(...keysAndArgs: Arguments): Promise<number>;
  atlasSessionUse(session: string, ...rest: (string | number)[]): Promise<string | null>;
  atlasSessionEnd(...keysAndArgs: Arguments): Promise<number>;
  atlasSessionEndAll(...keysAndArgs: Arguments): Promise<number>;
  atlasSessionList(...keysAndArgs: Arguments): Promise<string[]>;
}

/** Adds the scripts to the client (EVALSHA; EVAL when Redis does not know one yet). Doing it twice changes nothing. */
export function withSessionScripts(redis: Redis): SessionScripts {
  const scripts = {
    atlasSessionBegin: begin,
    atlasSessionEnd: end,
    atlasSessionEndAll: endAll,
    atlasSessionList: list,
  };
  for (const [name, lua] of Object.entries(scripts)) redis.defineCommand(name, { numberOfKeys: 2, lua });
  redis.defineCommand('atlasSessionUse', { numberOfKeys: 1, lua: use });
  return redis as unknown as SessionScripts;
}
