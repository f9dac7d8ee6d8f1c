/** Timers that have ended are forgotten whenever this many are remembered. */
const SWEEP_SIZE = 1_000;
/** How far back the line that made a timer is looked for. Jest keeps 100, which was 6 % of the work of a test that sends much. */
const FRAMES = 20;

/**
 * Remembers every timer that is made from now on in this test file (each has globals of its own) and tells which of them
 * still keep the process alive, with the line that made them. Counting all timers of the process would not do: Jest has some too.
 */
export function watchTimers(): () => string[] {
  const made = new Map<NodeJS.Timeout, Error>();
  const remember = (timer: NodeJS.Timeout) => {
    if (made.size >= SWEEP_SIZE) forgetEnded(made);
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = FRAMES;
    // Its stack is only put into words when somebody asks for it.
    made.set(timer, new Error('made'));
    Error.stackTraceLimit = stackTraceLimit;
    return timer;
  };
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const original = globalThis[name] as (...args: unknown[]) => NodeJS.Timeout;
    const watched = (...args: unknown[]) => remember(original(...args));
    // With its properties: `promisify(setTimeout)` looks for one of them.
    Object.assign(globalThis, { [name]: Object.defineProperties(watched, Object.getOwnPropertyDescriptors(original)) });
  }
  return () => {
    forgetEnded(made);
    const byLine = Map.groupBy(made.values(), lineOf);
    return [...byLine].map(([line, timers]) => `${timers.length} x timer made ${line}`);
  };
}

// `hasRef()` stays true for a timer that has fired or was cleared; only this member of Node's class tells.
function hasEnded(timer: NodeJS.Timeout): boolean {
  return (timer as { _destroyed?: boolean })._destroyed === true || !timer.hasRef();
}

function forgetEnded(timers: Map<NodeJS.Timeout, Error>): void {
  for (const timer of timers.keys()) {
    if (hasEnded(timer)) timers.delete(timer);
  }
}

// The first line behind this file that is not Node's own.
function lineOf({ stack = '' }: Error): string {
  const frames = stack
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
  return frames.find((frame) => !frame.includes('watch-timers') && !frame.includes('node:')) ?? 'somewhere';
}
