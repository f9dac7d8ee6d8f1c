import { eventually } from './eventually.ts';

/** What keeps a process alive and is opened by services. File reads and DNS look-ups end by themselves. */
const WATCHED = /^(TCP|TLS|UDP|Pipe|TTY|Process|Worker|Timeout|FSEvent|StatWatcher)/;
/** Sockets need a moment between `end()` and being gone. */
const GRACE_MS = 2_000;

/**
 * Makes the test file fail when sockets, servers, timers or child processes that it opened are still open after its tests. Write it as
 * the last line of the file: Jest runs `afterAll` hooks in the order of the file, and this one must come after yours.
 */
export function leakCheck(): void {
  const before = openResources();
  afterAll(async () => {
    await eventually(
      () => {
        const left = leaked(before, openResources());
        if (left.length > 0) {
          throw new Error(
            `still open after the tests: ${left.join(', ')} (close it in afterAll; leakCheck() is the last line of a file)`,
          );
        }
      },
      { timeoutMs: GRACE_MS },
    );
  });
}

function openResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (WATCHED.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function leaked(before: Map<string, number>, after: Map<string, number>): string[] {
  return [...after].flatMap(([name, count]) => {
    // Two timers are not the test's: the one by which Jest limits this hook, and the one in `eventually`.
    const allowed = (before.get(name) ?? 0) + (name === 'Timeout' ? 2 : 0);
    return count > allowed ? [`${count - allowed} x ${name}`] : [];
  });
}
