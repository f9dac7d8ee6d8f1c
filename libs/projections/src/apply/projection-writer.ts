import type { Envelope } from '@atlas/event-contracts';
import type { Build } from '../control/control.domain.ts';
import type { JournalEntry } from '../journal-entry.ts';

/** What became of a batch: every event that is not in `failed` is in the journal and counted, once. */
export interface ApplyReport {
  readonly failed: readonly { readonly id: string; readonly error: unknown }[];
  /** Marks that this call has set; what somebody had counted before is not among them. */
  readonly applied: number;
}

/** Counts events. Whatever is applied twice, at once, in any order and by any number of processes is counted once. */
export interface ProjectionWriter {
  /**
   * Puts events into the journal and counts them in every build that is live or being built. When it resolves, an event that has
   * not failed lacks the mark of a build only if that build was registered less than `controlFreshMs` before its commit, or later. Errors of single
   * events are in the report, those of a store that is away too (`isUnreachable`). Throws UnknownBuildError before anything is written.
   */
  apply(events: readonly Envelope[]): Promise<ApplyReport>;
  /**
   * Counts entries of the journal in `builds` where their marks are missing: what a rebuild does for each page. Where most of them are missing it is
   * cheapest to `try`, because a transaction says what it is refused for; where most are there, to `ask` first.
   */
  applyEntries(entries: readonly JournalEntry[], builds: readonly Build[], how?: 'try' | 'ask'): Promise<ApplyReport>;
  /** Whether this process may consume: it has code for every build that must be applied. Says once in the log why not. */
  canApply(): Promise<boolean>;
}
