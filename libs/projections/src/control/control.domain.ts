/**
 * One time that a projection was built: `<name>@<version>.<n>`, for example `revenue-daily@1.1`. The version is that of its
 * declaration; n counts how often that version was built, and no number is ever used twice.
 */
export type Build = string;

export interface BuildParts {
  readonly name: string;
  readonly version: number;
  readonly n: number;
}

const BUILD = /^([a-z][a-z0-9-]{0,62})@([1-9]\d{0,5})\.([1-9]\d{0,8})$/;

/** `revenue-daily@1.1` */
export const buildName = ({ name, version, n }: BuildParts): Build => `${name}@${version}.${n}`;

/** Takes the name of a build apart; undefined for what is none. */
export function parseBuild(text: string): BuildParts | undefined {
  const [, name, version, n] = BUILD.exec(text) ?? [];
  return name === undefined ? undefined : { name, version: Number(version), n: Number(n) };
}

/** What becomes of one projection. During a roll-back `building` and `previous` are the same build. */
export interface ProjectionControl {
  /** What readers get. */
  readonly live?: Build;
  /** What is being built: live consumers apply it, nobody reads it. */
  readonly building?: Build;
  /** Tells one time that something was to be built from every other: who finishes an earlier one must not switch to this. */
  readonly registration?: number;
  /** What was live before, complete up to the switch: a roll-back continues it. */
  readonly previous?: Build;
  /** A roll-back has begun to: some of what came since the switch is in `previous`, and some is not. */
  readonly isPreviousMixed?: true;
  /** Builds that nobody will read again and whose rows are still there. */
  readonly discarded: readonly Build[];
  /** The highest number that a version was built under. */
  readonly highest: Readonly<Record<string, number>>;
  /** Taken out of service: nobody applies or reads it, whatever a process declares. A rebuild brings it back. */
  readonly retired?: true;
}

/** Which builds of all projections there are. Changed as a whole, on condition that nobody has changed it in between. */
export interface Control {
  readonly version: number;
  readonly projections: Readonly<Record<string, ProjectionControl>>;
}

/** A version of a projection that this code can compute. */
export interface Declared {
  readonly name: string;
  readonly version: number;
}

/** What a change comes to: the next state, why it is refused (one line that says what to do), or nothing to do. */
export type Decision = { readonly control: Control } | { readonly refusal: string } | 'unchanged';

/**
 * Makes room for every declared projection. Without any state nobody has ever consumed, so that everything is complete
 * by having seen nothing: all are live at once. A name that an existing state does not know has missed its past: it is to be built.
 */
export function declareAll(control: Control | undefined, declared: readonly Declared[]): Decision {
  const slot = control ? 'building' : 'live';
  const missing = declared.filter(({ name }) => !control || !projectionOf(control, name));
  if (control && missing.length === 0) return 'unchanged';
  const added = [...newestVersions(missing)].map(([name, version]): [string, ProjectionControl] => [
    name,
    {
      [slot]: buildName({ name, version, n: 1 }),
      ...(control ? { registration: registrationOf(control) } : {}),
      discarded: [],
      highest: { [version]: 1 },
    },
  ]);
  const projections = { ...control?.projections, ...Object.fromEntries(added) };
  return { control: { version: control?.version ?? 0, projections } };
}

/** Begins a new build beside the live one, never of an older version: whoever has old code would take readers back. A build that was given up keeps its number. */
export function registerRebuild(control: Control, name: string, version: number): Decision {
  const now = projectionOf(control, name);
  if (!now) return unknownName(control, name);
  if (now.building !== undefined) return refusal(`${now.building} is being built: wait for it, or cancel it first.`);
  if (now.live !== undefined && version < parseBuild(now.live)!.version) {
    return refusal(
      `${now.live} is live, and this code knows ${name} up to version ${version} only: use newer code, or roll back to the build of before.`,
    );
  }
  const n = (now.highest[version] ?? 0) + 1;
  const { retired: _retired, ...rest } = now;
  const building = buildName({ name, version, n });
  const highest = { ...now.highest, [version]: n };
  return withProjection(control, name, { ...rest, building, registration: registrationOf(control), highest });
}

/** Lets the build that was live before catch up, to be switched to again. Refused where the code cannot compute it any more. */
export function registerRollback(control: Control, name: string, declared: readonly Declared[]): Decision {
  const now = projectionOf(control, name);
  if (!now) return unknownName(control, name);
  if (now.building !== undefined) return refusal(`${now.building} is being built: wait for it, or cancel it first.`);
  if (now.previous === undefined) return refusal(`${name} has no earlier build to go back to: rebuild it instead.`);
  if (!isComputable(now.previous, declared)) {
    return refusal(`This code does not declare the version of ${now.previous}: deploy the declaration first.`);
  }
  return withProjection(control, name, {
    ...now,
    building: now.previous,
    isPreviousMixed: true,
    registration: registrationOf(control),
  });
}

/** Gives readers the build that has been built under this registration, in one step. What was live stays for a roll-back. */
export function switchTo(control: Control, build: Build, registration: number): Decision {
  const name = nameOf(build);
  const now = projectionOf(control, name);
  if (!now) return unknownName(control, name);
  if (now.live === build) return 'unchanged';
  if (now.building !== build || now.registration !== registration) {
    return refusal(`${build} is not being built any more: it was cancelled.`);
  }
  const { building: _building, registration: _registration, isPreviousMixed: _mixed, live, previous, ...rest } = now;
  const unread = previous === undefined || previous === build ? [] : [previous];
  const kept = live === undefined ? {} : { previous: live };
  return withProjection(control, name, { ...rest, live: build, ...kept, discarded: [...rest.discarded, ...unread] });
}

/** Gives a build up that is being built. A roll-back that is given up can be asked for again. */
export function cancel(control: Control, name: string): Decision {
  const now = projectionOf(control, name);
  if (!now) return unknownName(control, name);
  const { building, registration: _registration, ...rest } = now;
  if (building === undefined) return refusal(`Nothing of ${name} is being built.`);
  const unread = building === rest.previous ? [] : [building];
  return withProjection(control, name, {
    ...rest,
    discarded: [...rest.discarded, ...unread],
    // Without anything that is live or being built it would be built again by the next process that declares it.
    ...(rest.live === undefined ? { retired: true as const } : {}),
  });
}

/** Lets go of a build, so that its rows may be deleted. Refused for one that is live or being built. */
export function discard(control: Control, build: Build): Decision {
  const name = nameOf(build);
  const now = projectionOf(control, name);
  if (!now) return unknownName(control, name);
  if (now.live === build) return refusal(`${build} is live: readers need it.`);
  if (now.building === build) return refusal(`${build} is being built: cancel it first.`);
  if (now.discarded.includes(build)) return 'unchanged';
  if (now.previous !== build) return refusal(`There is no build ${build}. ${keptOf(name, now)}`);
  const { previous: _previous, isPreviousMixed: _mixed, ...rest } = now;
  return withProjection(control, name, { ...rest, discarded: [...rest.discarded, build] });
}

/** Forgets a build whose rows are gone. */
export function forget(control: Control, build: Build): Decision {
  const name = nameOf(build);
  const now = projectionOf(control, name);
  if (!now) return unknownName(control, name);
  if (!now.discarded.includes(build)) return 'unchanged';
  return withProjection(control, name, { ...now, discarded: now.discarded.filter((other) => other !== build) });
}

/** Takes a projection out of service for good, so that processes which do not declare it may consume. */
export function retire(control: Control, name: string): Decision {
  const now = projectionOf(control, name);
  if (!now) return unknownName(control, name);
  if (now.retired) return 'unchanged';
  const { highest, discarded, live, building, previous } = now;
  const builds = [live, building, previous].filter((build) => build !== undefined);
  return withProjection(control, name, {
    highest,
    discarded: [...new Set([...discarded, ...builds])],
    retired: true,
  });
}

/** The builds that live consumers apply: of every projection the one that is read and the one that is built. */
export function buildsToApply(control: Control): Build[] {
  return Object.values(control.projections).flatMap(({ live, building }) =>
    [live, building].filter((build) => build !== undefined),
  );
}

/** Builds to apply that this code cannot compute. A process that has any must not consume: it would lose their events. */
export function unknownBuilds(control: Control, declared: readonly Declared[]): Build[] {
  return buildsToApply(control).filter((build) => !isComputable(build, declared));
}

/** By name the highest version that is declared: the one that a rebuild builds. */
export function newestVersions(declared: readonly Declared[]): Map<string, number> {
  const newest = new Map<string, number>();
  for (const { name, version } of declared) newest.set(name, Math.max(version, newest.get(name) ?? 0));
  return newest;
}

const isComputable = (build: Build, declared: readonly Declared[]): boolean =>
  declared.some(({ name, version }) => build.startsWith(`${name}@${version}.`));

/** The version of the control that this change makes: no two registrations have the same. */
const registrationOf = ({ version }: Control): number => version + 1;

const nameOf = (build: Build): string => build.slice(0, Math.max(0, build.indexOf('@')));

// The name came from outside: `constructor` is a name of every object.
function projectionOf({ projections }: Control, name: string): ProjectionControl | undefined {
  return Object.hasOwn(projections, name) ? projections[name] : undefined;
}

const refusal = (text: string): Decision => ({ refusal: text });

function unknownName({ projections }: Control, name: string): Decision {
  const names = Object.keys(projections).sort();
  return refusal(`There is no projection "${name}". Known: ${names.join(', ') || 'none'}.`);
}

function keptOf(name: string, { live, building, previous, discarded }: ProjectionControl): string {
  const builds = [...new Set([live, building, previous, ...discarded].filter((build) => build !== undefined))];
  return builds.length === 0 ? `${name} has none.` : `Builds of ${name}: ${builds.join(', ')}.`;
}

function withProjection(control: Control, name: string, next: ProjectionControl): Decision {
  return { control: { ...control, projections: { ...control.projections, [name]: next } } };
}
