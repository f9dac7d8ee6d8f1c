import type { InHandMessage } from './in-hand-message.ts';
import type { Slots } from './slots.ts';

/** What became of the messages that a consumer held. */
export interface SettledCounts {
  /** Handled and deleted, found done, or dead-lettered. */
  readonly finished: number;
  /** Returned to the queue, visible again after a delay. */
  readonly givenBack: number;
  /** Neither: they become visible when their visibility timeout ends (a lost lease, or a queue that did not answer). */
  readonly abandoned: number;
}

/** Everything that a consumer has received and not yet settled: what the heartbeat covers and a stop waits for. */
export interface Hand extends Iterable<InHandMessage> {
  readonly size: number;
  add(message: InHandMessage): void;
  /** The handler has finished (or never started): its slot is free for another message. */
  freeSlot(message: InHandMessage): void;
  /** The message is no longer ours to care for. */
  settle(message: InHandMessage, how: keyof SettledCounts): void;
  counts(): SettledCounts;
  /** Resolves when nothing is in hand. */
  emptied(): Promise<void>;
}

/** Makes an empty hand. `onFree` runs whenever a slot is free again or a message has gone. */
export function createHand(options: { slots: Slots; onFree: () => void }): Hand {
  const { slots, onFree } = options;
  // atlas-local-ok: the messages this consumer holds under their visibility timeout; SQS gives them to another one if it dies
  const messages = new Set<InHandMessage>();
  const counts = { finished: 0, givenBack: 0, abandoned: 0 };
  let waiting: (() => void)[] = [];

  const freeSlot = (message: InHandMessage) => {
    if (!message.slotHeld) return;
    message.slotHeld = false;
    slots.release();
    onFree();
  };
  return {
    [Symbol.iterator]: () => messages[Symbol.iterator](),
    get size() {
      return messages.size;
    },
    add: (message) => void messages.add(message),
    freeSlot,
    settle(message, how) {
      if (!messages.delete(message)) return;
      counts[how] += 1;
      if (message.slotHeld) freeSlot(message);
      else onFree();
      if (messages.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    counts: () => ({ ...counts }),
    emptied: () => (messages.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
