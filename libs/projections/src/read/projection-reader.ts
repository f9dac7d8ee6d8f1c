import type { Build } from '../control/control.domain.ts';

/** How far a build is. Older events may still be on their way: it is no promise that all of them are counted. */
export interface Reached {
  /** Timestamp of the newest event that is counted (ISO 8601), or null when none ever was. Rows that are read afterwards have it in. */
  readonly newestEventAt: string | null;
  /** From that event's timestamp until it could be read, in milliseconds. */
  readonly lagMs: number | null;
}

/** Which builds of a projection may be read, and how far they are: the live one in its own members. */
export interface ProjectionSnapshot extends Reached {
  /** What answers now. */
  readonly live: Build;
  /** What answered before, for an answer that began with it and is continued. Nothing is added to it any more: undefined once a roll-back has begun. */
  readonly previous: Build | undefined;
  /** How far `previous` was when it was replaced. */
  readonly previousReached: Reached;
}

export interface RowsQuery {
  readonly projection: string;
  readonly build: Build;
  /** Undefined for the rows of all tenants together, which a projection has only when it says `everyone`. */
  readonly tenant: string | undefined;
  /** The first and the last day, `YYYY-MM-DD`, both included. */
  readonly from: string;
  readonly to: string;
}

export interface ProjectedRow {
  /** The dimensions as `project` named them. */
  readonly row: readonly string[];
  /** Sums over all shards; a measure that was never added is not there. */
  readonly measures: Readonly<Record<string, bigint>>;
}

/** Reads what has been counted, strongly consistent. */
export interface ProjectionReader {
  /** Two small reads at the same time. Throws ProjectionBuildingError while nothing of the projection is live, ProjectionRetiredError when nothing will be. */
  snapshot(projection: string): Promise<ProjectionSnapshot>;
  /**
   * Whether a build is live or was so before that. Ask it **after** the last row: when it is true then, no row was deleted while they were
   * read (`drop` says first that a build is gone). One small read.
   */
  isReadable(projection: string, build: Build): Promise<boolean>;
  /** The rows of a range of days in the order of their keys: by day, then by the other dimensions. Pages come as they are needed. */
  rows(query: RowsQuery): AsyncGenerator<ProjectedRow>;
}
