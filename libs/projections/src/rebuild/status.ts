import { type Build, type Control, newestVersions, unknownBuilds } from '../control/control.domain.ts';
import type { ControlStore } from '../control/control-store.ts';
import type { Declarations } from '../declarations.ts';
import type { Progress, ProgressStore } from '../progress.ts';
import { progressOf, type WalkProgress } from './walk.domain.ts';
import type { WalkStore } from './walk-store.ts';

/** One projection as an operator wants to see it. */
export interface ProjectionStatus {
  readonly name: string;
  /** The newest version in this code; undefined for a projection that it does not declare. */
  readonly declared: number | undefined;
  readonly live: Build | undefined;
  readonly building: Build | undefined;
  readonly previous: Build | undefined;
  readonly discarded: readonly Build[];
  readonly retired: boolean;
  /** Builds that processes of this code would have to apply and cannot: they do not consume. */
  readonly unknown: readonly Build[];
  /** How far the live build is. */
  readonly progress: Progress | undefined;
  /** How far the walk for `building` is. It was put down when it is not `taken`; who took it and was killed has not saved for long. */
  readonly walk: (WalkProgress & { readonly taken: boolean; readonly savedAt: string }) | undefined;
}

/** Makes the question how everything is. */
export function createStatus(deps: {
  readonly control: ControlStore;
  readonly declarations: Declarations;
  readonly progress: Pick<ProgressStore, 'read'>;
  readonly walks: Pick<WalkStore, 'read'>;
}): () => Promise<ProjectionStatus[]> {
  const { control, declarations, progress, walks } = deps;
  return async () => {
    const [state, known] = await Promise.all([control.read(), progress.read()]);
    const declared = newestVersions(declarations.all);
    const unknown = state ? unknownBuilds(state, declarations.all) : [];
    const names = [...new Set([...declared.keys(), ...Object.keys(state?.projections ?? {})])].sort();
    return Promise.all(
      names.map(async (name) => {
        const { live, building, previous, discarded = [], retired = false } = stateOf(state, name) ?? {};
        const stored = building === undefined ? undefined : await walks.read(building);
        return {
          ...{ name, declared: declared.get(name), live, building, previous, discarded, retired },
          unknown: unknown.filter((build) => build === live || build === building),
          progress: live === undefined ? undefined : known.get(live),
          walk: stored && {
            ...progressOf(stored.walk, 0, 0),
            taken: stored.holder !== undefined,
            savedAt: stored.savedAt,
          },
        };
      }),
    );
  };
}

const stateOf = (control: Control | undefined, name: string) =>
  control && Object.hasOwn(control.projections, name) ? control.projections[name] : undefined;
