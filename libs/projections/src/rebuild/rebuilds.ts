import {
  type Build,
  cancel,
  type Control,
  type Decision,
  parseBuild,
  type ProjectionControl,
  registerRebuild,
  registerRollback,
  retire,
  switchTo,
} from '../control/control.domain.ts';
import type { Declarations } from '../declarations.ts';
import { NewRefusalsError, ProjectionRefusedError } from '../errors.ts';
import type { ProgressStore } from '../progress.ts';
import { fateOf } from './fate.domain.ts';
import type { Walk } from './walk.domain.ts';
import { createWalker, type WalkerDeps, type WalkOptions } from './walker.ts';

export interface RebuildsDeps extends WalkerDeps {
  readonly declarations: Declarations;
  readonly progress: ProgressStore;
  readonly clock: () => Date;
}

export interface BuildReport {
  readonly build: Build;
  /** `switched`: readers get it. `interrupted`: to be taken up by the same command. `cancelled`: somebody gave it up. */
  readonly outcome: 'switched' | 'interrupted' | 'cancelled';
  /** Whether the build was begun before this call. */
  readonly resumed: boolean;
  /** Marks that were set by walking, by whoever walked. */
  readonly applied?: number;
  readonly passes?: number;
}

/** Builds projections from the journal beside what is live, and switches readers when a build has everything. */
export interface Rebuilds {
  /** Begins a new build of the newest declared version, or goes on with the one that is being built. */
  rebuild(name: string, options?: WalkOptions): Promise<BuildReport>;
  /** Lets the build that was live before catch up, and switches back to it. */
  rollback(name: string, options?: WalkOptions): Promise<BuildReport>;
  /** Brings a build to its end that is being built. */
  finish(build: Build, options?: WalkOptions): Promise<BuildReport>;
  /** Gives up what is being built of the projection. */
  cancel(name: string): Promise<Control>;
  /** Takes a projection out of service for good. */
  retire(name: string): Promise<Control>;
}

/** All of them throw ProjectionRefusedError, with one line that says why, for what cannot be done as things are. */
export function createRebuilds(deps: RebuildsDeps): Rebuilds {
  const { control, declarations, progress, clock, probe } = deps;
  const walkTo = createWalker(deps);

  async function finish(build: Build, resumed: boolean, options: WalkOptions = {}): Promise<BuildReport> {
    const state = await control.read();
    const { registration, previous } = beingBuilt(state, build) ?? {};
    // Somebody was faster, or it was given up.
    if (registration === undefined) return { build, resumed, outcome: fateOf(state, { build, registration: 0 })! };
    const projection = declarations.ofBuild(build);
    for (;;) {
      const result = await walkTo({ projection, build, registration, isRollback: build === previous }, options);
      if (result.outcome !== 'complete') return { build, resumed, outcome: result.outcome };
      const { applied, pass, newestEventAt } = result.walk;
      await probe('rebuild.complete');
      await carryProgress(build, newestEventAt);
      await probe('rebuild.before-switch');
      if (await giveToReaders(result.walk)) {
        await probe('rebuild.switched');
        await deps.walks.remove(build);
        return { build, resumed, outcome: 'switched', applied, passes: pass };
      }
      await deps.walks.release(result.holder, result.walk);
    }
  }

  /** False when the build has refused an event since the pass began that found nothing missing: the journal has to be read again. */
  async function giveToReaders({ build, registration, refusals }: Walk): Promise<boolean> {
    const decide = (current: Control | undefined) => ifThere(current, (state) => switchTo(state, build, registration));
    try {
      await control.change(decide, { build, refusals });
      return true;
    } catch (error) {
      if (error instanceof NewRefusalsError) return false;
      throw error;
    }
  }

  /** What was visible in the live build is visible in this one: an answer must not seem older after the switch. */
  async function carryProgress(build: Build, newestEventAt: string | undefined): Promise<void> {
    const state = beingBuilt(await control.read(), build);
    const before = state?.live === undefined ? undefined : (await progress.read()).get(state.live);
    // The time since an old event says nothing about how close behind this build is.
    const now = clock().toISOString();
    // Not after now, as live counting has it: a producer's clock may be ahead.
    const walked = newestEventAt && { newestEventAt: newestEventAt < now ? newestEventAt : now, lagMs: null };
    for (const known of [before, walked]) if (known) await progress.write(build, known);
  }

  /** Registers what `decide` says, unless what is being built already is what was asked for. */
  async function begin(
    name: string,
    decide: (control: Control) => Decision,
    isWanted: (state: ProjectionControl) => boolean,
  ): Promise<{ build: Build; resumed: boolean }> {
    let resumed = false;
    const state = await control.change((current) =>
      ifThere(current, (known) => {
        const now = known.projections[name];
        resumed = now?.building !== undefined && isWanted(now);
        return resumed ? 'unchanged' : decide(known);
      }),
    );
    await probe('rebuild.registered');
    return { build: state.projections[name]!.building!, resumed };
  }

  return {
    async rebuild(name, options) {
      const version = versionOf(declarations, name);
      const isWanted = ({ building, previous }: ProjectionControl) =>
        building !== previous && parseBuild(building!)!.version === version;
      const { build, resumed } = await begin(name, (known) => registerRebuild(known, name, version), isWanted);
      return finish(build, resumed, options);
    },
    async rollback(name, options) {
      const isWanted = ({ building, previous }: ProjectionControl) => building === previous;
      const { build, resumed } = await begin(
        name,
        (known) => registerRollback(known, name, declarations.all),
        isWanted,
      );
      return finish(build, resumed, options);
    },
    finish: (build, options) => finish(build, true, options),
    cancel: (name) => control.change((current) => ifThere(current, (known) => cancel(known, name))),
    retire: (name) => control.change((current) => ifThere(current, (known) => retire(known, name))),
  };
}

/** Without a control nobody has ever consumed, and there is nothing to build from. */
function ifThere(control: Control | undefined, decide: (control: Control) => Decision): Decision {
  if (control) return decide(control);
  return { refusal: 'Nothing has been consumed yet, so there is nothing to build from. Start the service first.' };
}

function versionOf(declarations: Declarations, name: string): number {
  const versions = declarations.all.filter((one) => one.name === name).map(({ version }) => version);
  if (versions.length > 0) return Math.max(...versions);
  const names = [...new Set(declarations.all.map((one) => one.name))].sort();
  throw new ProjectionRefusedError(`This code declares no projection "${name}". Declared: ${names.join(', ')}.`);
}

const beingBuilt = (control: Control | undefined, build: Build): ProjectionControl | undefined =>
  Object.values(control?.projections ?? {}).find(({ building }) => building === build);
