import type { Redis } from 'ioredis';

/**
 * A table is a hash of JSON rows, a list of past rows per key, and a revision that changes with every write. The revision
 * is the time of the write in microseconds of Redis's clock (and one more when that stands still), so that a table that
 * was lost and written anew never seems unchanged.
 */

/** Keys: rows, revision, history of the row. Arguments: key, channel, expected version or -1, value, by, reason, kept rows. */
const put = `
local current = redis.call('HGET', KEYS[1], ARGV[1])
local version = current and cjson.decode(current).version or 0
if ARGV[3] ~= '-1' and tonumber(ARGV[3]) ~= version then return { 0, version } end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
local revision = string.format('%.0f', math.max(micros, last + 1))
-- The value is put in as the text that it came as: Lua would turn empty lists into objects and round large numbers.
local about = cjson.encode({ key = ARGV[1], version = version + 1, by = ARGV[5], reason = ARGV[6] })
local at = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local row = string.sub(about, 1, -2) .. ',"at":' .. at .. ',"value":' .. ARGV[4] .. '}'
redis.call('HSET', KEYS[1], ARGV[1], row)
redis.call('SET', KEYS[2], revision)
redis.call('LPUSH', KEYS[3], row)
redis.call('LTRIM', KEYS[3], 0, ARGV[7] - 1)
redis.call('PUBLISH', ARGV[2], revision)
return { 1, row }
`;

/** Keys: rows, revision. Argument: the revision that is known. Answers nothing when that is the current one. */
const read = `
local revision = redis.call('GET', KEYS[2]) or '0'
if revision == ARGV[1] then return false end
return { revision, redis.call('HGETALL', KEYS[1]) }
`;

/** The scripts as methods of the client. */
export interface TableScripts {
  atlasTablePut(
    rows: string,
    revision: string,
    history: string,
    ...args: (string | number)[]
  ): Promise<[number, unknown]>;
  atlasTableRead(rows: string, revision: string, known: string): Promise<[string, string[]] | null>;
}

/** Adds the scripts to the client (EVALSHA; EVAL when Redis does not know one yet). Doing it twice changes nothing. */
export function withTableScripts(redis: Redis): TableScripts {
  redis.defineCommand('atlasTablePut', { numberOfKeys: 3, lua: put });
  redis.defineCommand('atlasTableRead', { numberOfKeys: 2, lua: read });
  return redis as unknown as TableScripts;
}
