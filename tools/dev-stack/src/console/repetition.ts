/** How often the same line is shown within one window before the rest is counted. */
const shownPerWindow = 3;
const windowMs = 10_000;

export interface Repetition {
  /** True when a line with this key is to be shown now; otherwise it is counted. */
  admit(key: string): boolean;
  /** What was counted in windows that have ended, and forgets them. */
  takeCounts(): { key: string; count: number }[];
}

interface Window {
  startedAt: number;
  seen: number;
}

/**
 * Keeps one cause from flooding the console: three lines with the same key are shown in ten seconds, the rest is counted
 * and reported once.
 */
export function createRepetition(now: () => number): Repetition {
  // atlas-local-ok: the console of one developer’s machine
  const windows = new Map<string, Window>();
  const closed: { key: string; count: number }[] = [];
  const close = (key: string, window: Window): void => {
    windows.delete(key);
    if (window.seen > shownPerWindow) closed.push({ key, count: window.seen - shownPerWindow });
  };
  const current = (key: string): Window => {
    const window = windows.get(key);
    if (window !== undefined && now() - window.startedAt < windowMs) return window;
    if (window !== undefined) close(key, window);
    const opened = { startedAt: now(), seen: 0 };
    windows.set(key, opened);
    return opened;
  };
  return {
    admit(key) {
      const window = current(key);
      window.seen += 1;
      return window.seen <= shownPerWindow;
    },
    takeCounts() {
      for (const [key, window] of windows) if (now() - window.startedAt >= windowMs) close(key, window);
      return closed.splice(0);
    },
  };
}
