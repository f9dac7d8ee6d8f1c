import type { z } from 'zod';

/** A topic is made per domain: everything that happens to one kind of thing. */
export const domains = ['user', 'order', 'billing', 'subscription'] as const;
export type Domain = (typeof domains)[number];

export const services = ['gateway', 'notification', 'billing', 'subscription', 'reporting'] as const;
export type Service = (typeof services)[number];

/** `major.minor`. A minor only adds optional fields; anything else is a new major that runs beside the old one. */
export type Version = `${number}.${number}`;
export type MajorKey = `v${number}`;

/** One published version: what its payload looks like, and one real example of it. */
export interface EventVersion {
  readonly payload: z.ZodObject;
  readonly example: Readonly<Record<string, unknown>>;
}

/** Everything that is promised about one public event. */
export interface EventDefinition {
  /** The wire type, `subject.past-tense-verb`. */
  readonly type: string;
  readonly domain: Domain;
  readonly producer: Service;
  /** One sentence: what has happened when this event is seen. */
  readonly meaning: string;
  readonly versions: Readonly<Record<Version, EventVersion>>;
  /** The newest minor of each major that is still published. A consumer subscribes to a major. */
  readonly current: Readonly<Record<MajorKey, Version>>;
  /**
   * While consumers move from one major to the next, both are published. A producer says a fact once, in the newest major;
   * this is how the older majors of `current` say it. Pure; the gate asks for one per older major.
   */
  readonly translations?: Readonly<Record<MajorKey, (newest: never) => Readonly<Record<string, unknown>>>>;
}

/**
 * Declares one public event. The literal types are kept, so that the event catalogue, the topology and the types of
 * handlers are derived from this one place.
 */
export function defineEvent<const D extends EventDefinition>(definition: D): D {
  return definition;
}
