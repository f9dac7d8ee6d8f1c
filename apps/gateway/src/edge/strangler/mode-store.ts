import type { Redis } from 'ioredis';
import { z } from 'zod';
import { modes, type SliceState } from './mode.domain.ts';

const storedState = z.object({
  mode: z.enum(modes),
  percent: z.number().nullable(),
  reason: z.string(),
  changedBy: z.string(),
  changedAt: z.string(),
  version: z.number(),
  automaticRollback: z.boolean(),
});

const announcement = z.object({ slice: z.string(), state: storedState });

/** A change as it is asked for; the store numbers it. */
export type NewState = Omit<SliceState, 'version'>;

/** The modes of all slices in Redis: `<prefix>:strangler:modes`, one history per slice, and a channel for changes. */
export interface ModeStore {
  /** All stored states by slice. An entry that cannot be read is left out, and `onCorrupt` hears of it. */
  read(): Promise<Map<string, SliceState>>;
  /**
   * Stores, adds to the history and announces, all at once. `known` is the newest version that the caller has seen; with
   * `onlyIfKnown` nothing is done, and undefined returned, when there is a newer one.
   */
  write(
    slice: string,
    state: NewState,
    options: { known: number; onlyIfKnown: boolean },
  ): Promise<SliceState | undefined>;
  /** Newest first. */
  history(slice: string, limit: number): Promise<SliceState[]>;
  readonly channel: string;
  /** The change that a message on the channel announces, or undefined for a message that is none. */
  parseAnnouncement(message: string): { slice: string; state: SliceState } | undefined;
}

/** Enough to tell the story of a migration; a rollback loop must not fill Redis. */
const keptChanges = 1_000;

/**
 * The version goes on from what the caller has seen, should Redis have lost its data: replicas follow the larger number.
 * KEYS: modes, history. ARGV: slice, state without its version, known version, 1 for "only if known", channel, kept.
 */
const writeScript = `
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local version = tonumber(ARGV[3])
if stored then
  local current = cjson.decode(stored).version
  if ARGV[4] == '1' and current ~= version then return false end
  if current > version then version = current end
end
local state = string.sub(ARGV[2], 1, -2) .. ',"version":' .. string.format('%d', version + 1) .. '}'
redis.call('HSET', KEYS[1], ARGV[1], state)
redis.call('LPUSH', KEYS[2], state)
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[6]) - 1)
redis.call('PUBLISH', ARGV[5], '{"slice":' .. cjson.encode(ARGV[1]) .. ',"state":' .. state .. '}')
return state
`;

/** Makes the store; `onCorrupt` is told the slice whose entry this version cannot read. */
export function createModeStore(options: {
  redis: Redis;
  prefix: string;
  onCorrupt: (slice: string, error: unknown) => void;
}): ModeStore {
  const { redis, prefix, onCorrupt } = options;
  const modesKey = `${prefix}:strangler:modes`;
  const historyKey = (slice: string) => `${prefix}:strangler:history:${slice}`;
  const channel = `${prefix}:strangler:changed`;

  function parsed(slice: string, text: string): SliceState[] {
    const state = storedState.safeParse(jsonOf(text));
    if (state.success) return [state.data];
    onCorrupt(slice, state.error);
    return [];
  }

  return {
    channel,
    async read() {
      const entries = Object.entries(await redis.hgetall(modesKey));
      return new Map(entries.flatMap(([slice, text]) => parsed(slice, text).map((state) => [slice, state] as const)));
    },
    async write(slice, state, { known, onlyIfKnown }) {
      const keys = [modesKey, historyKey(slice)];
      const values = [slice, JSON.stringify(state), known, onlyIfKnown ? 1 : 0, channel, keptChanges];
      const written = (await redis.eval(writeScript, keys.length, ...keys, ...values)) as string | null;
      return written === null ? undefined : storedState.parse(JSON.parse(written));
    },
    async history(slice, limit) {
      const texts = await redis.lrange(historyKey(slice), 0, limit - 1);
      return texts.flatMap((text) => parsed(slice, text));
    },
    parseAnnouncement: (message) => announcement.safeParse(jsonOf(message)).data,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
