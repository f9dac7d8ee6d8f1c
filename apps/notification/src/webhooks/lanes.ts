import { AsyncLocalStorage } from 'node:async_hooks';

/** Work that has a place in a lane. */
export interface LaneJob {
  /** Does it, and says whether the endpoint took it. Never rejects. */
  run(): Promise<'ok' | 'failed'>;
  /** Called instead of `run` when the lanes stop before its turn. Never rejects. */
  giveBack(): Promise<void>;
}

/** A reserved place: exactly one of the two is called. */
export interface Place {
  take(job: LaneJob): void;
  cancel(): void;
}

/** How much of a process's delivery work each endpoint may have; see createLanes. */
export interface Lanes {
  /**
   * A place in the lane of `key`, undefined when the lane or the process is full. `sick` is an endpoint that is known
   * to fail: it gets two places to run, and all sick ones together never more than three quarters of the process.
   */
  reserve(key: string, options?: { sick: boolean }): Place | undefined;
  /** How many places `reserve` would give for `key` now. */
  room(key: string, options?: { sick: boolean }): number;
  /** Jobs that run and jobs that wait for their turn. */
  load(): { running: number; waiting: number };
  /**
   * Starts nothing more, gives waiting jobs back, and waits for the running ones for at most `deadlineMs`. Returns how
   * many were still running then.
   */
  stop(options: { deadlineMs: number }): Promise<{ abandoned: number }>;
}

export interface LaneLimits {
  /** Jobs that one endpoint may have running. At 100 ms per delivery, 32 are 320 a second. */
  perLane: number;
  /** Jobs that may run in the process. Each has a socket and holds a body of at most 255 KiB. */
  running: number;
  /** Jobs that may wait in the process for a place to run. */
  waiting: number;
}

export const defaultLaneLimits: LaneLimits = { perLane: 32, running: 512, waiting: 512 };

/**
 * A lane begins with this many jobs at once and gets one more with every success: nobody knows yet whether it hangs.
 */
const firstLimit = 4;
const sickLimit = 2;
const sickShare = 3 / 4;

/** Waiting places of a lane for each running one: enough to stay busy from one sweep to the next. */
const waitingPerRunning = 2;

/**
 * No lane may have more than a quarter of what is still free, so that lanes which come later find something (dynamic
 * thresholds, Choudhury and Hahne, IEEE/ACM Transactions on Networking 1998).
 */
const shareOfFree = 4;

interface Lane {
  sick: boolean;
  /** How many may run now: grows by one with a success and halves with a failure, as TCP does. */
  limit: number;
  /** Running, or reserved to run. */
  running: number;
  /** Waiting, or reserved to wait. */
  queued: number;
  readonly jobs: LaneJob[];
}

/**
 * One lane per endpoint, so that a slow endpoint waits for itself alone. Jobs of a lane start in order; lanes that wait
 * for the process as a whole take turns.
 */
export function createLanes(limits: LaneLimits = defaultLaneLimits): Lanes {
  // atlas-local-ok: fairness between the endpoints this replica delivers to; what waits is in DynamoDB and comes again
  const lanes = new Map<string, Lane>();
  const active = new Set<Promise<void>>();
  let running = 0;
  let queued = 0;
  let stopped = false;

  /** What is left for this lane of `size` places, `used` of which are taken, `own` of them by the lane itself. */
  const left = (lane: Lane, size: number, used: number, own: number, most: number): number => {
    const open = Math.floor(size * (lane.sick ? sickShare : 1)) - used;
    const fair = Math.max(1, Math.floor(open / shareOfFree));
    return Math.max(0, Math.min(open, Math.min(fair, most) - own));
  };
  const mostOf = (lane: Lane) => (lane.sick ? sickLimit : limits.perLane);
  const runRoom = (lane: Lane) => left(lane, limits.running, running, lane.running, Math.min(lane.limit, mostOf(lane)));
  const queueRoom = (lane: Lane) => left(lane, limits.waiting, queued, lane.queued, mostOf(lane) * waitingPerRunning);
  const laneOf = (key: string, sick: boolean): Lane => {
    const lane = lanes.get(key) ?? { sick, limit: firstLimit, running: 0, queued: 0, jobs: [] };
    lane.sick = sick;
    return lane;
  };
  const count = (key: string, lane: Lane, change: { running?: number; queued?: number }) => {
    lane.running += change.running ?? 0;
    running += change.running ?? 0;
    lane.queued += change.queued ?? 0;
    queued += change.queued ?? 0;
    if (lane.running + lane.queued === 0) lanes.delete(key);
    else if (!lanes.has(key)) lanes.set(key, lane);
  };
  /** `job` has its place among the running ones already. */
  const run = (key: string, lane: Lane, job: LaneJob) => {
    const done = job.run().then((outcome) => {
      lane.limit = outcome === 'ok' ? Math.min(lane.limit + 1, limits.perLane) : Math.max(1, lane.limit >> 1);
      active.delete(done);
      count(key, lane, { running: -1 });
      startWaiting();
    });
    active.add(done);
  };
  const startWaiting = () => {
    if (stopped || queued === 0) return;
    for (const [key, lane] of [...lanes]) {
      if (running >= limits.running) return;
      if (lane.jobs.length === 0 || runRoom(lane) === 0) continue;
      // Who has its turn goes to the end of the line.
      lanes.delete(key);
      while (lane.jobs.length > 0 && runRoom(lane) > 0) {
        count(key, lane, { running: 1, queued: -1 });
        run(key, lane, lane.jobs.shift()!);
      }
    }
  };
  const place = (key: string, lane: Lane, kind: 'running' | 'queued'): Place => ({
    take(job) {
      if (stopped) {
        void job.giveBack();
      } else if (kind === 'running') {
        run(key, lane, job);
      } else {
        // It will be started by the end of another tenant's job, and must not log under that one's name.
        const inOwnContext = AsyncLocalStorage.snapshot();
        lane.jobs.push({ run: () => inOwnContext(() => job.run()), giveBack: () => job.giveBack() });
        startWaiting();
      }
    },
    cancel() {
      count(key, lane, { [kind]: -1 });
      startWaiting();
    },
  });

  return {
    reserve(key, { sick } = { sick: false }) {
      const lane = laneOf(key, sick);
      const kind = runRoom(lane) > 0 ? 'running' : queueRoom(lane) > 0 ? 'queued' : undefined;
      if (stopped || kind === undefined) return undefined;
      count(key, lane, { [kind]: 1 });
      return place(key, lane, kind);
    },
    room(key, { sick } = { sick: false }) {
      const lane = laneOf(key, sick);
      return stopped ? 0 : runRoom(lane) + queueRoom(lane);
    },
    load: () => ({ running, waiting: queued }),
    async stop({ deadlineMs }) {
      stopped = true;
      const unstarted = [...lanes.values()].flatMap((lane) => lane.jobs.splice(0));
      const timer = Promise.withResolvers<void>();
      const timeout = setTimeout(timer.resolve, deadlineMs);
      await Promise.race([Promise.all([...active, ...unstarted.map((job) => job.giveBack())]), timer.promise]);
      clearTimeout(timeout);
      return { abandoned: active.size };
    },
  };
}
