/** Work that has a place in a lane. */
export interface LaneJob {
  /** Does it. A rejection is a defect of the job: it must handle its own errors. */
  run(): Promise<void>;
  /** Called instead of `run` when the lanes stop before its turn. */
  giveBack(): Promise<void>;
}

/** A reserved place: exactly one of the two is called. */
export interface Place {
  take(job: LaneJob): void;
  cancel(): void;
}

/** How much of a process's delivery work one endpoint may have; see createLanes. */
export interface Lanes {
  /** A place in the lane of `key`, running at most `limit` jobs at once; undefined when the lane or the process is full. */
  reserve(key: string, limit?: number): Place | undefined;
  /** How many places `reserve` would give for `key` now. */
  room(key: string, limit?: number): number;
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
  /** Jobs that may run in the process. */
  running: number;
  /** Jobs that may wait in the process for a place to run. */
  waiting: number;
}

export const defaultLaneLimits: LaneLimits = { perLane: 32, running: 256, waiting: 1024 };

/** Waiting places of a lane for each running one: enough to stay busy from one sweep to the next. */
const waitingPerRunning = 2;

/**
 * No lane may have more than this share of what is still free. With it some places are free however many endpoints hang
 * at the same time: k of them leave 4/(k+4) of all (dynamic thresholds, Choudhury and Hahne, IEEE/ACM ToN 1998).
 */
const shareOfFree = 4;

interface Lane {
  limit: number;
  /** Places given: reserved, waiting and running. */
  taken: number;
  running: number;
  readonly waiting: LaneJob[];
}

/**
 * One lane per endpoint, so that a slow endpoint waits for itself alone. Jobs of a lane start in order; lanes that wait
 * for the process as a whole take turns.
 */
export function createLanes(limits: LaneLimits = defaultLaneLimits): Lanes {
  const lanes = new Map<string, Lane>();
  const jobs = new Set<Promise<void>>();
  const places = limits.running + limits.waiting;
  let taken = 0;
  let running = 0;
  let waiting = 0;
  let stopped = false;

  const capacity = (lane: Lane | undefined, limit: number) => {
    const own = lane?.taken ?? 0;
    const share = Math.max(1, Math.floor((places - taken) / shareOfFree));
    return Math.max(0, Math.min(limit * (1 + waitingPerRunning), share, places) - own);
  };
  const mayRun = (lane: Lane) =>
    running < limits.running &&
    lane.running < Math.min(lane.limit, Math.max(1, Math.floor((limits.running - running) / shareOfFree)));

  const leave = (key: string, lane: Lane) => {
    lane.taken -= 1;
    taken -= 1;
    if (lane.taken === 0) lanes.delete(key);
  };
  const start = (key: string, lane: Lane, job: LaneJob) => {
    lane.running += 1;
    running += 1;
    const done = job.run().finally(() => {
      lane.running -= 1;
      running -= 1;
      jobs.delete(done);
      leave(key, lane);
      pump();
    });
    jobs.add(done);
  };
  const pump = () => {
    if (stopped || waiting === 0) return;
    for (const [key, lane] of [...lanes]) {
      if (running >= limits.running) return;
      if (lane.waiting.length === 0 || !mayRun(lane)) continue;
      // Who has its turn goes to the end of the line.
      lanes.delete(key);
      lanes.set(key, lane);
      for (; lane.waiting.length > 0 && mayRun(lane); waiting -= 1) start(key, lane, lane.waiting.shift()!);
    }
  };

  return {
    reserve(key, limit = limits.perLane) {
      const lane = lanes.get(key) ?? { limit, taken: 0, running: 0, waiting: [] };
      lane.limit = limit;
      if (stopped || capacity(lane, limit) < 1) return undefined;
      lane.taken += 1;
      taken += 1;
      lanes.set(key, lane);
      return {
        take(job) {
          if (stopped) {
            void job.giveBack();
          } else if (mayRun(lane)) {
            start(key, lane, job);
          } else {
            lane.waiting.push(job);
            waiting += 1;
          }
        },
        cancel: () => leave(key, lane),
      };
    },
    room: (key, limit = limits.perLane) => (stopped ? 0 : capacity(lanes.get(key), limit)),
    load: () => ({ running, waiting }),
    async stop({ deadlineMs }) {
      stopped = true;
      const unstarted = [...lanes.values()].flatMap((lane) => lane.waiting.splice(0));
      waiting = 0;
      const timer = Promise.withResolvers<void>();
      const timeout = setTimeout(timer.resolve, deadlineMs);
      await Promise.race([Promise.allSettled([...jobs, ...unstarted.map((job) => job.giveBack())]), timer.promise]);
      clearTimeout(timeout);
      return { abandoned: running };
    },
  };
}
