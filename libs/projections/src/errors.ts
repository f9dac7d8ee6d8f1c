import type { Build } from './control/control.domain.ts';

/** Others changed the control of the projections each time this process tried to. Nothing was changed by it. */
export class ContendedControlError extends Error {
  readonly code = 'CONTENDED_CONTROL';
  constructor() {
    super('The control of the projections was changed by somebody else in every attempt. Try again.');
    this.name = 'ContendedControlError';
  }
}

/** The projection has nothing that may be read yet: it is being built from the journal for the first time. */
export class ProjectionBuildingError extends Error {
  readonly code = 'PROJECTION_BUILDING';
  readonly projection: string;
  constructor(projection: string) {
    super(`The projection ${projection} is being built from the history and cannot be read yet. Try again later.`);
    this.name = 'ProjectionBuildingError';
    this.projection = projection;
  }
}

/** Somebody has retired the projection: it is counted no more, and nothing of it can be read until it is rebuilt. */
export class ProjectionRetiredError extends Error {
  readonly code = 'PROJECTION_RETIRED';
  readonly projection: string;
  constructor(projection: string) {
    super(`The projection ${projection} was retired by an operator: there is nothing to read until it is rebuilt.`);
    this.name = 'ProjectionRetiredError';
    this.projection = projection;
  }
}

/**
 * Events have to be applied to a build that this process has no code for: a newer version is being deployed, or a projection
 * was taken out of the code and not retired. Such a process does not consume. Its cause says "later" to a consumer.
 */
export class UnknownBuildError extends Error {
  readonly code = 'UNKNOWN_BUILD';
  readonly builds: readonly Build[];
  constructor(builds: readonly Build[], options?: ErrorOptions) {
    super(
      `This process has no code for ${builds.join(', ')}. Deploy a version that declares it, or, when no code declares it any ` +
        'more, "npx atlas projections retire <name>".',
      options,
    );
    this.name = 'UnknownBuildError';
    this.builds = builds;
  }
}

/** `project` threw or answered something that cannot be added; nothing of this event was counted in this build. */
export class InvalidChangeError extends Error {
  readonly code = 'INVALID_CHANGE';
  readonly build: Build;
  constructor(build: Build, eventId: string, reason: string, options?: ErrorOptions) {
    super(`${build} cannot count event ${eventId}: ${reason}`, options);
    this.name = 'InvalidChangeError';
    this.build = build;
  }
}

/** What was asked of a projection cannot be done now; `message` is one line that says why and what to do. Nothing was changed. */
export class ProjectionRefusedError extends Error {
  readonly code = 'PROJECTION_REFUSED';
  constructor(refusal: string) {
    super(refusal);
    this.name = 'ProjectionRefusedError';
  }
}

/** While a build was given to readers it refused an event that was acknowledged. Nothing was changed: it has to look for the event first. */
export class NewRefusalsError extends Error {
  readonly code = 'NEW_REFUSALS';
  constructor(build: Build, options?: ErrorOptions) {
    super(`${build} has refused an event since it was looked over.`, options);
    this.name = 'NewRefusalsError';
  }
}

/** A walk of the journal came to its end, and there are events that the build cannot count. Readers were not switched to it. */
export class BuildFailedError extends Error {
  readonly code = 'BUILD_FAILED';
  readonly build: Build;
  /** Some of the events, with what is wrong. */
  readonly failures: readonly { readonly id: string; readonly error: unknown }[];
  constructor(build: Build, count: number, failures: readonly { readonly id: string; readonly error: unknown }[]) {
    super(
      `${build} cannot count ${count} ${count === 1 ? 'event' : 'events'} of the journal${exampleOf(failures)}. Readers keep ` +
        'what they have. Mend the declaration and rebuild again, or cancel.',
    );
    this.name = 'BuildFailedError';
    this.build = build;
    this.failures = failures.slice(0, 20);
  }
}

function exampleOf([first]: readonly { readonly id: string; readonly error: unknown }[]): string {
  if (!first) return '';
  const message = first.error instanceof Error ? first.error.message : String(first.error);
  return `, for example: ${message.includes(first.id) ? message : `${first.id}: ${message}`}`;
}
