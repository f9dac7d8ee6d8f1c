export interface Doorbell {
  /** Wakes who waits; a ring that nobody waits for wakes the next one who does. */
  ring(): void;
  /** Resolves at a ring, or after `timeoutMs`. One waiter at a time. */
  wait(timeoutMs: number): Promise<void>;
}

/** Says that there may be work, without saying how much: any number of rings before a wait count as one. */
export function createDoorbell(): Doorbell {
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
