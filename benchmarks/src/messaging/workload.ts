import type { Workload } from './measurement.ts';

const usualMs = 5;
const slowMs = 500;

/** What a handler of this workload does with an event; which ones are slow depends on nothing but their number. */
export function handlerOf(workload: Workload): (event: { sequence: number }) => Promise<void> {
  switch (workload) {
    case 'trivial':
      return async () => {};
    case '5 ms':
      return () => sleep(usualMs);
    case 'mixed':
      return ({ sequence }) => sleep(isSlow(sequence) ? slowMs : usualMs);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One in a hundred, scattered like chance would (the finalizer of MurmurHash3), but the same in every lane and round. */
function isSlow(sequence: number): boolean {
  let hash = sequence;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % 100 === 0;
}
