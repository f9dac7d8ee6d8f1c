import type { Redis } from 'ioredis';

/**
 * The value under a key is either `done` or `fence:until:failures:first:last`:
 * - fence: a number that grows with every claim of the key (microseconds of Redis's clock), the token of its holder;
 * - until: when the lease ends, in milliseconds of Redis's clock; 0 when nobody holds it;
 * - failures, first, last: how often the handler failed, and when first and last (milliseconds).
 *
 * Every script takes many keys, because a client spends a third of the CPU on one call with ten keys of what it spends
 * on ten pipelined calls (5 and 16 microseconds per message, measured with ioredis 5.11), and Redis half.
 */
const prelude = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function int(number) return string.format('%.0f', number) end
local function read(value)
  local fence, rest = string.match(value, '^(%d+):%d+:(.*)$')
  return fence, rest
end
`;

/** KEYS; remember ms, keep ms, then a lease (ms) per key. Answers three numbers per key: [1, fence, failures], [2, ms left, 0], [0, 0, 0]. */
const claim = `${prelude}
local remember, keep = tonumber(ARGV[1]), tonumber(ARGV[2])
local micros = time[1] * 1000000 + time[2]
local values = redis.call('MGET', unpack(KEYS))
local answer, taken = {}, {}
for i, key in ipairs(KEYS) do
  local value, state, first, second, lease = values[i], 1, micros, 0, tonumber(ARGV[i + 2])
  if taken[key] then
    state, first = 2, taken[key]
  elseif not value then
    redis.call('SET', key, int(micros) .. ':' .. int(now + lease) .. ':0:0:0', 'PX', lease + keep)
  elseif value == 'done' then
    redis.call('PEXPIRE', key, remember)
    state, first = 0, 0
  else
    local fence, held, failures, times = string.match(value, '^(%d+):(%d+):(%d+):(.*)$')
    local left = tonumber(held) - now
    if left > 0 then
      state, first = 2, left
    else
      first, second = math.max(micros, tonumber(fence) + 1), tonumber(failures)
      local ttl = second > 0 and remember or lease + keep
      redis.call('SET', key, int(first) .. ':' .. int(now + lease) .. ':' .. failures .. ':' .. times, 'PX', ttl)
    end
  end
  if state == 1 then taken[key] = lease end
  local at = (i - 1) * 3
  answer[at + 1], answer[at + 2], answer[at + 3] = state, first, second
end
return answer
`;

/** KEYS; lease ms, keep ms, then a fence per key. Answers 1 per key that is still held, else 0. */
const renew = `${prelude}
local lease, keep = tonumber(ARGV[1]), tonumber(ARGV[2])
local values = redis.call('MGET', unpack(KEYS))
local answer = {}
for i, key in ipairs(KEYS) do
  local value = values[i]
  local fence, rest = read(value or '')
  answer[i] = 0
  if fence == ARGV[i + 2] then
    local ttl = math.max(lease + keep, redis.call('PTTL', key))
    redis.call('SET', key, fence .. ':' .. int(now + lease) .. ':' .. rest, 'PX', ttl)
    answer[i] = 1
  end
end
return answer
`;

/** KEYS; remember ms, then a fence per key. Answers 1 per key that is done now, 0 where another holds or held it. */
const markDone = `
local values = redis.call('MGET', unpack(KEYS))
local answer = {}
for i, key in ipairs(KEYS) do
  local value, token = values[i], ARGV[i + 1] .. ':'
  answer[i] = 0
  if value == 'done' or (value and string.sub(value, 1, #token) == token) then
    redis.call('SET', key, 'done', 'PX', ARGV[1])
    answer[i] = 1
  end
end
return answer
`;

/** KEYS; forget (1) or keep (0) the failures, then a fence per key. Answers 1 per key that was held. */
const release = `${prelude}
local values = redis.call('MGET', unpack(KEYS))
local answer = {}
for i, key in ipairs(KEYS) do
  local fence, rest = read(values[i] or '')
  answer[i] = 0
  if fence == ARGV[i + 1] then
    if ARGV[1] == '1' or string.sub(rest, 1, 2) == '0:' then
      redis.call('DEL', key)
    else
      redis.call('SET', key, fence .. ':0:' .. rest, 'KEEPTTL')
    end
    answer[i] = 1
  end
end
return answer
`;

/** One key; fence, most failures, remember ms. Answers [failures, first ms, last ms], or [0, 0, 0] when it is lost. */
const fail = `${prelude}
local value = redis.call('GET', KEYS[1])
local fence, held, failures, first = string.match(value or '', '^(%d+):(%d+):(%d+):(%d+):%d+$')
if fence ~= ARGV[1] then return { 0, 0, 0 } end
local count = tonumber(failures) + 1
if count == 1 then first = int(now) end
-- The last failure keeps the lease: nobody may start once more while the message moves to the dead-letter queue.
local lease = count < tonumber(ARGV[2]) and '0' or held
redis.call('SET', KEYS[1], fence .. ':' .. lease .. ':' .. count .. ':' .. first .. ':' .. int(now), 'PX', ARGV[3])
return { count, tonumber(first), now }
`;

/** The scripts as methods of the client; `count` is the number of keys that follow. */
export interface LeaseScripts {
  atlasClaim(count: number, ...keysAndArgs: (string | number)[]): Promise<number[]>;
  atlasRenew(count: number, ...keysAndArgs: (string | number)[]): Promise<number[]>;
  atlasMarkDone(count: number, ...keysAndArgs: (string | number)[]): Promise<number[]>;
  atlasRelease(count: number, ...keysAndArgs: (string | number)[]): Promise<number[]>;
  atlasFail(count: number, ...keysAndArgs: (string | number)[]): Promise<[number, number, number]>;
}

/** Adds the scripts to the client (EVALSHA; EVAL when Redis does not know one yet). Doing it twice changes nothing. */
export function withLeaseScripts(redis: Redis): LeaseScripts {
  redis.defineCommand('atlasClaim', { lua: claim });
  redis.defineCommand('atlasRenew', { lua: renew });
  redis.defineCommand('atlasMarkDone', { lua: markDone });
  redis.defineCommand('atlasRelease', { lua: release });
  redis.defineCommand('atlasFail', { lua: fail });
  return redis as unknown as LeaseScripts;
}
