/** SQS hands out at most ten messages per receive. */
export const RECEIVE_LIMIT = 10;

/**
 * Counts who may hold how many messages. A slot belongs to a message from before it is asked for until its handler has
 * finished, so a consumer never holds more than `total`. There is no batch: each slot is free again on its own.
 */
export interface Slots {
  /** How many messages a poll may ask for now: a full receive, or 0 while that many slots are not free or enough polls run. */
  nextPoll(): number;
  /** Free slots when no poll runs at all: what a last, smaller poll may ask for rather than leave them idle. */
  idle(): number;
  /** A poll for `size` messages begins. */
  reserve(size: number): void;
  /** That poll brought `received` messages (or failed: undefined); what it did not bring is free again. */
  arrived(size: number, received: number | undefined): void;
  /** A message's handler has finished. */
  release(): void;
  /** Only one poll at a time until full receives say that there is more. */
  calm(): void;
  readonly busy: number;
  readonly polls: number;
}

/**
 * Work-conserving slots with adaptive receivers: one poll while the queue is quiet, twice as many with every full
 * receive up to `receivers`, fewer again when receives come back half empty.
 */
export function createSlots(options: { total: number; receivers: number }): Slots {
  const { total, receivers } = options;
  const full = Math.min(RECEIVE_LIMIT, total);
  // atlas-local-ok: how much this consumer may hold; the limit is meant per consumer
  let busy = 0;
  let reserved = 0;
  let polls = 0;
  let wanted = 1;
  return {
    nextPoll: () => (polls < wanted && total - busy - reserved >= full ? full : 0),
    idle: () => (polls === 0 ? Math.min(full, total - busy - reserved) : 0),
    reserve(size) {
      polls += 1;
      reserved += size;
    },
    arrived(size, received = 0) {
      polls -= 1;
      reserved -= size;
      busy += received;
      if (received === 0) wanted = 1;
      else if (received >= size) wanted = Math.min(receivers, wanted * 2);
      else if (received < size / 2) wanted = Math.max(1, wanted - 1);
    },
    release() {
      busy -= 1;
    },
    calm() {
      wanted = 1;
    },
    get busy() {
      return busy;
    },
    get polls() {
      return polls;
    },
  };
}
