import type { Role } from '../../database.ts';
import type { CurrentUser } from '../identity.ts';
import type { Mode } from './mode.domain.ts';
import type { Thresholds } from './rollback.domain.ts';

/** What the monolith is asked for: the parts of a request that its features need, and nothing of Express. */
export interface MonolithRequest {
  readonly user: CurrentUser;
  readonly query: unknown;
  /** Set by the comparison: answer as it was at this moment. A feature that cannot look back ignores it. */
  readonly asOf?: Date;
}

/** A JSON answer. What a feature throws is a problem, as anywhere. */
export interface MonolithAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A feature of the monolith as a function, so that it can be asked for the user, for comparison, and once more. */
export type MonolithFeature = (request: MonolithRequest) => Promise<MonolithAnswer>;

/** How two answers are compared. All paths are JSONPath (RFC 9535). */
export interface Comparison {
  /** What may differ: taken out of both answers. */
  readonly ignore: readonly string[];
  /** Lists in which the order means nothing, with the member of each entry that they are sorted by. */
  readonly unordered?: Readonly<Record<string, string>>;
  /** Where the service says up to when its read model is complete (an ISO instant). */
  readonly asOf?: string;
  /** Values that may be shown in the examples of mismatches. Of all others only the type and the length are kept. */
  readonly show: readonly string[];
}

/** One part of the API that moves from the monolith to a service, or has moved. */
export interface Slice {
  readonly name: string;
  /** Path prefixes that belong to this slice. Where two slices have a path, the first of the table answers. */
  readonly routes: readonly string[];
  /** Who may use it; every signed-in user when nobody is named. */
  readonly roles?: readonly Role[];
  /**
   * Some of its answers are pages for people: who opens one without a session is asked to sign in, and the service says in
   * its content security policy what the page may load, within `pagePolicy`.
   */
  readonly pages?: true;
  /** By `METHOD /path`; missing when the monolith never had it. HEAD is answered by GET. */
  readonly monolith?: Readonly<Record<string, MonolithFeature>>;
  readonly service: {
    /** The audience of the identity token, and its name in metrics and messages. */
    readonly name: string;
    /** Undefined while the service does not exist. */
    readonly url: string | undefined;
  };
  /** Methods that change nothing: only these are asked twice, compared, or answered by the monolith in an emergency. */
  readonly safeMethods: readonly string[];
  /** Until an operator says otherwise. */
  readonly initialMode: Mode;
  readonly compare?: Comparison;
  readonly rollback: Thresholds;
}

/** Whether anybody can answer this slice; one that nobody can does not exist for clients. */
export function isAnswerable(slice: Slice): boolean {
  return slice.monolith !== undefined || slice.service.url !== undefined;
}
