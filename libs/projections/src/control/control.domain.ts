import { type Build, buildOf } from '../build.domain.ts';
import { ControlRefusedError } from './refused.domain.ts';

/** What becomes of one projection. During a roll-back `building` and `previous` are the same build. */
export interface ProjectionState {
  /** What readers get. */
  readonly live?: Build;
  /** What is being built: live consumers apply it, nobody reads it. */
  readonly building?: Build;
  /** What was live before, complete up to the switch: a roll-back continues it. */
  readonly previous?: Build;
  /** Builds that nobody will read again and whose rows are still there. */
  readonly discarded: readonly Build[];
  /** The highest number that a version was built under. */
  readonly highest: Readonly<Record<string, number>>;
  /** Taken out of service: nobody applies or reads it, whatever a process declares. A rebuild brings it back. */
  readonly retired?: true;
}

/** Which builds of all projections there are. Changed as a whole, on condition that nobody has changed it in between. */
export interface ControlState {
  readonly version: number;
  readonly projections: Readonly<Record<string, ProjectionState>>;
}

/** A version of a projection that this code can compute. */
export interface Declared {
  readonly name: string;
  readonly version: number;
}

// Every change below answers the next state, or undefined where there is nothing to do; it throws ControlRefusedError, whose
// message says what to do, where it must not be. The version is counted by the store.

/** The state when nobody has ever consumed: whatever has seen nothing is complete, so all projections are live at once. */
export function firstControl(declared: readonly Declared[]): ControlState {
  return { version: 0, projections: Object.fromEntries(firstBuilds(declared, 'live')) };
}

/** Lets every projection be built that the state does not know: it has missed its past. */
export function withDeclared(control: ControlState, declared: readonly Declared[]): ControlState | undefined {
  const missing = declared.filter(({ name }) => !Object.hasOwn(control.projections, name));
  if (missing.length === 0) return undefined;
  const added = Object.fromEntries(firstBuilds(missing, 'building'));
  return { ...control, projections: { ...control.projections, ...added } };
}

function firstBuilds(declared: readonly Declared[], slot: 'live' | 'building'): [string, ProjectionState][] {
  return [...newestOfEach(declared)].map(([name, version]) => [
    name,
    { [slot]: buildOf({ name, version, number: 1 }), discarded: [], highest: { [version]: 1 } },
  ]);
}

/** Begins a new build beside the live one. A build that was given up keeps its number. */
export function registerRebuild(control: ControlState, name: string, version: number): ControlState | undefined {
  const now = projectionOf(control, name);
  if (now.building !== undefined) throw new ControlRefusedError(`${now.building} is being built already.`);
  const number = (now.highest[version] ?? 0) + 1;
  const { retired: _retired, ...rest } = now;
  const next = {
    ...rest,
    building: buildOf({ name, version, number }),
    highest: { ...now.highest, [version]: number },
  };
  return withProjection(control, name, next);
}

/** Lets the build that was live before catch up, to be switched to again. Refused where the code cannot compute it any more. */
export function registerRollback(
  control: ControlState,
  name: string,
  declared: readonly Declared[],
): ControlState | undefined {
  const now = projectionOf(control, name);
  if (now.building !== undefined)
    throw new ControlRefusedError(`${now.building} is being built: wait for it, or cancel it first.`);
  if (now.previous === undefined)
    throw new ControlRefusedError(`${name} has no earlier build to go back to: rebuild it instead.`);
  if (!isComputable(now.previous, declared)) {
    throw new ControlRefusedError(
      `This code does not declare the version of ${now.previous}: deploy the declaration first.`,
    );
  }
  return withProjection(control, name, { ...now, building: now.previous });
}

/** Gives readers the build that has been built, in one step. What was live stays for a roll-back. */
export function switchTo(control: ControlState, build: Build): ControlState | undefined {
  const name = nameOf(build);
  const now = projectionOf(control, name);
  if (now.live === build) return undefined;
  if (now.building !== build) throw new ControlRefusedError(`${build} is not being built any more: it was cancelled.`);
  const { building: _building, live, previous, ...rest } = now;
  const unread = previous === undefined || previous === build ? [] : [previous];
  const kept = live === undefined ? {} : { previous: live };
  return withProjection(control, name, { ...rest, live: build, ...kept, discarded: [...rest.discarded, ...unread] });
}

/** Gives a build up that is being built. A roll-back that is given up can be asked for again. */
export function cancel(control: ControlState, name: string): ControlState | undefined {
  const now = projectionOf(control, name);
  const { building, ...rest } = now;
  if (building === undefined) throw new ControlRefusedError(`Nothing of ${name} is being built.`);
  const unread = building === rest.previous ? [] : [building];
  return withProjection(control, name, {
    ...rest,
    discarded: [...rest.discarded, ...unread],
    // Without anything that is live or being built it would be built again by the next process that declares it.
    ...(rest.live === undefined ? { retired: true as const } : {}),
  });
}

/** Lets go of a build, so that its rows may be deleted. Refused for one that is live or being built. */
export function discard(control: ControlState, build: Build): ControlState | undefined {
  const name = nameOf(build);
  const now = projectionOf(control, name);
  if (now.live === build) throw new ControlRefusedError(`${build} is live: readers need it.`);
  if (now.building === build) throw new ControlRefusedError(`${build} is being built: cancel it first.`);
  if (now.discarded.includes(build)) return undefined;
  if (now.previous !== build) throw new ControlRefusedError(`There is no build ${build}. ${keptOf(name, now)}`);
  const { previous: _previous, ...rest } = now;
  return withProjection(control, name, { ...rest, discarded: [...rest.discarded, build] });
}

/** Forgets a build whose rows are gone. */
export function forget(control: ControlState, build: Build): ControlState | undefined {
  const name = nameOf(build);
  const now = projectionOf(control, name);
  if (!now.discarded.includes(build)) return undefined;
  return withProjection(control, name, { ...now, discarded: now.discarded.filter((other) => other !== build) });
}

/** Takes a projection out of service for good, so that processes which do not declare it may consume. */
export function retire(control: ControlState, name: string): ControlState | undefined {
  const now = projectionOf(control, name);
  if (now.retired) return undefined;
  const { highest, discarded, live, building, previous } = now;
  const builds = [live, building, previous].filter((build) => build !== undefined);
  return withProjection(control, name, {
    highest,
    discarded: [...new Set([...discarded, ...builds])],
    retired: true,
  });
}

/** The builds that live consumers apply: of every projection the one that is read and the one that is built. */
export function appliedBuilds(control: ControlState): Build[] {
  return Object.values(control.projections).flatMap(({ live, building }) =>
    [live, building].filter((build) => build !== undefined),
  );
}

/** Builds to apply that this code cannot compute. A process that has any must not consume: it would lose their events. */
export function unknownBuilds(control: ControlState, declared: readonly Declared[]): Build[] {
  return appliedBuilds(control).filter((build) => !isComputable(build, declared));
}

/** By name the highest version that is declared: the one that a rebuild builds. */
export function newestOfEach(declared: readonly Declared[]): Map<string, number> {
  const newest = new Map<string, number>();
  for (const { name, version } of declared) newest.set(name, Math.max(version, newest.get(name) ?? 0));
  return newest;
}

const isComputable = (build: Build, declared: readonly Declared[]): boolean =>
  declared.some(({ name, version }) => build.startsWith(`${name}@${version}.`));

const nameOf = (build: Build): string => build.slice(0, Math.max(0, build.indexOf('@')));

function projectionOf({ projections }: ControlState, name: string): ProjectionState {
  // The name came from outside: `constructor` is a name of every object.
  const now = Object.hasOwn(projections, name) ? projections[name] : undefined;
  if (now) return now;
  const names = Object.keys(projections).sort();
  throw new ControlRefusedError(`There is no projection "${name}". Known: ${names.join(', ') || 'none'}.`);
}

function keptOf(name: string, { live, building, previous, discarded }: ProjectionState): string {
  const builds = [...new Set([live, building, previous, ...discarded].filter((build) => build !== undefined))];
  return builds.length === 0 ? `${name} has none.` : `Builds of ${name}: ${builds.join(', ')}.`;
}

function withProjection(control: ControlState, name: string, next: ProjectionState): ControlState {
  return { ...control, projections: { ...control.projections, [name]: next } };
}
