export interface Doorbell {
  /** Wakes who waits; a ring that nobody waits for wakes the next one who does. */
  ring(): void;
  /** Resolves at a ring, or after `timeoutMs`. One waiter at a time. */
  wait(timeoutMs: number): Promise<void>;
}

/** Says that there may be work, without saying how much: any number of rings before a wait count as one. */
export function createDoorbell(): Doorbell {
  // atlas-local-ok: a hint to the relay of this process; what is to be sent is in the outbox, and a sweep finds it
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(timeoutMs) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      rung = false;
    },
  };
}
