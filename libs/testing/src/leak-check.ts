import { setTimeout as delay } from 'node:timers/promises';
import { watchTimers } from './watch-timers.ts';

/** What keeps a process alive and is opened by services. File reads and DNS look-ups end by themselves. */
const WATCHED = /^(TCP|TLS|UDP|Pipe|Process|Worker|MessagePort|FSEvent|StatWatcher)/i;
/** Sockets need a moment between `end()` and being gone; ioredis gives one that nobody answers 2 s, by a timer. */
const GRACE_MS = 4_000;

/**
 * Makes the test file fail when sockets, servers, child processes or timers that it opened are still open after its
 * tests. Write it as the last line of the file: Jest runs `afterAll` hooks in the order of the file, and this one must
 * come after yours.
 */
export function leakCheck(): void {
  const before = openResources();
  const openTimers = watchTimers();
  afterAll(() => untilClosed(() => [...added(before, openResources()), ...openTimers()]));
}

// Not by `eventually`, which makes timers that would be found.
async function untilClosed(open: () => string[]): Promise<void> {
  const deadline = performance.now() + GRACE_MS;
  for (let left = open(); left.length > 0; left = open()) {
    if (performance.now() > deadline) {
      throw new Error(`Still open after the tests: ${left.join(', ')}. Close it in afterAll.`);
    }
    await delay(20);
  }
}

function openResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (WATCHED.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function added(before: Map<string, number>, after: Map<string, number>): string[] {
  return [...after].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0);
    return more > 0 ? [`${more} x ${name}`] : [];
  });
}
