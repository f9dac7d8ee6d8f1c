import { DependencyUnavailableError, type Logger } from '@atlas/platform';
import { type Build, buildsToApply, declareAll, unknownBuilds } from '../control/control.domain.ts';
import type { ControlStore } from '../control/control-store.ts';
import { UnknownBuildError } from '../errors.ts';
import type { Projection } from '../projection.domain.ts';
import type { Declarations } from '../declarations.ts';

/** For how long a process may rely on what it read of the control, in milliseconds of its own clock. A rebuild waits longer than that. */
export const controlFreshMs = 500;

/** A build that events are applied to, and how. */
export interface KnownBuild {
  readonly build: Build;
  readonly projection: Projection;
  readonly live: boolean;
}

/** What the control said, and when the question was asked. */
export interface Known {
  /** Monotonic milliseconds. */
  readonly readAt: number;
  /** Milliseconds of the wall clock. */
  readonly readAtWall: number;
  readonly builds: readonly KnownBuild[];
}

export interface KnownBuilds {
  /** Read at most `controlFreshMs` ago. Throws UnknownBuildError when this process may not consume. */
  current(): Promise<Known>;
  /** Asked now. Throws UnknownBuildError. */
  read(): Promise<Known>;
  isFresh(known: Known): boolean;
  /** Whether this process may consume. Says once in the log why not, and once that it may again. */
  canApply(): Promise<boolean>;
}

/**
 * What this process knows about the builds. The first one ever makes everything that is declared live; later ones add what
 * they declare and nobody has built.
 */
export function createKnownBuilds(options: {
  readonly control: ControlStore;
  readonly declarations: Declarations;
  readonly logger: Logger;
  readonly now: () => number;
  readonly clock: () => Date;
}): KnownBuilds {
  const { control, declarations, logger, now, clock } = options;
  // atlas-local-ok: at most half a second old, and asked again after each commit that took longer; a rebuild counts on exactly that
  let known: Known | undefined;
  let reading: Promise<Known> | undefined;
  let refused = false;

  const ask = async (): Promise<Known> => {
    const [readAt, readAtWall] = [now(), clock().getTime()];
    const stored = await control.read();
    const incomplete = declareAll(stored, declarations.all) !== 'unchanged';
    const state = incomplete ? await control.change((current) => declareAll(current, declarations.all)) : stored!;
    const unknown = unknownBuilds(state, declarations.all);
    if (unknown.length > 0) {
      throw new UnknownBuildError(unknown, {
        cause: new DependencyUnavailableError('a newer version of this service'),
      });
    }
    const live = new Set(Object.values(state.projections).map((projection) => projection.live));
    const builds = [...new Set(buildsToApply(state))].map((build) => ({
      build,
      projection: declarations.ofBuild(build),
      live: live.has(build),
    }));
    return { readAt, readAtWall, builds };
  };
  const read = async () => {
    const answer = await ask();
    known = answer;
    return answer;
  };
  // The monotonic clock stands still while a machine is suspended; the other one may be set back meanwhile. Either may end it.
  const isFresh = ({ readAt, readAtWall }: Known) =>
    now() - readAt <= controlFreshMs && clock().getTime() - readAtWall <= controlFreshMs;

  return {
    isFresh,
    read,
    async current() {
      if (known !== undefined && isFresh(known)) return known;
      // Batches that begin together ask once; the answer is as old as the question of the first of them.
      reading ??= read().finally(() => (reading = undefined));
      return reading;
    },
    async canApply() {
      try {
        await read();
        if (refused) logger.info('every build that must be applied is known here again: consuming');
        refused = false;
        return true;
      } catch (error) {
        if (!(error instanceof UnknownBuildError)) throw error;
        if (!refused) logger.error({ code: error.code, builds: error.builds }, `not consuming: ${error.message}`);
        refused = true;
        return false;
      }
    },
  };
}
