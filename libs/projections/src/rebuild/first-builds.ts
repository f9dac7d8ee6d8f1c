import type { Logger } from '@atlas/platform';
import { type Build, type Control, unknownBuilds } from '../control/control.domain.ts';
import type { ControlStore } from '../control/control-store.ts';
import type { Declarations } from '../declarations.ts';
import { pause } from './pause.ts';
import type { Rebuilds } from './rebuilds.ts';

/** How often a running service looks whether there is something to build. */
const LOOK_EVERY_MS = 5_000;
/** After failures it looks less and less often: each look may be a walk through the whole journal. */
const LONGEST_PAUSE_MS = 10 * 60_000;

export interface FirstBuilds {
  start(): void;
  /** Puts down what is being walked, for another process to go on at once. */
  stop(): Promise<void>;
}

/**
 * Builds, while the service runs, what was declared after the service had begun to consume: nobody reads it yet, so nobody has to ask
 * for it. Every replica does this, and one of them walks. A build beside a live one is left to the command that asked for it.
 */
export function createFirstBuilds(deps: {
  readonly control: Pick<ControlStore, 'read'>;
  readonly declarations: Declarations;
  readonly rebuilds: Pick<Rebuilds, 'finish'>;
  readonly logger: Logger;
  readonly lookEveryMs?: number;
}): FirstBuilds {
  const { control, declarations, rebuilds, logger, lookEveryMs = LOOK_EVERY_MS } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;

  const buildAll = async () => {
    for (const build of firstBuilds(await control.read(), declarations)) {
      if (signal.aborted) return;
      logger.info({ build }, `${build} is built from the journal`);
      const { outcome, applied } = await rebuilds.finish(build, { signal });
      logger.info({ build, outcome, applied }, `${build}: ${outcome}`);
    }
  };
  const run = async () => {
    let pauseMs = lookEveryMs;
    do {
      try {
        await buildAll();
        pauseMs = lookEveryMs;
      } catch (error) {
        // What is away comes back, and what cannot be counted waits for a person: neither may end the service.
        if (!signal.aborted) logger.error({ err: error }, 'a projection is not built yet');
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    } while (await pause(pauseMs, signal));
  };
  return {
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** What is being built and has nothing live beside it, as far as this code can compute it. */
function firstBuilds(control: Control | undefined, declarations: Declarations): Build[] {
  if (!control) return [];
  const unknown = unknownBuilds(control, declarations.all);
  return Object.values(control.projections).flatMap(({ live, building }) =>
    live === undefined && building !== undefined && !unknown.includes(building) ? [building] : [],
  );
}
