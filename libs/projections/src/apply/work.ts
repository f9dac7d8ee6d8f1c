import type { Envelope, EventKey } from '@atlas/event-contracts';
import type { JournalKey } from '../journal-entry.ts';
import type { Piece } from '../rows/pieces.ts';

/** A piece and the table that its rows are in. */
export interface TablePiece extends Piece {
  readonly tableName: string;
  /** Copies of each row. */
  readonly shards: number;
}

/**
 * What is known about an event's item in the journal: `new` as most are (it is put there whole), `there`, or `maybe` where another
 * transaction of the same batch writes it as well.
 */
export type InJournal = 'new' | 'maybe' | 'there';

/** An event with what is still to be counted of it; without pieces it only has to be in the journal. */
export interface EventWork {
  readonly key: JournalKey;
  readonly eventKey: EventKey;
  readonly envelope: Envelope;
  /** The envelope as it is stored; empty for an event that is in the journal. */
  readonly stored: Uint8Array;
  readonly inJournal: InJournal;
  readonly pieces: readonly TablePiece[];
}

/** The work of an event without the pieces that somebody has counted; undefined when nothing is left to do. */
export function withoutMarks(work: EventWork, marks: ReadonlySet<string>): EventWork | undefined {
  const pieces = work.pieces.filter(({ mark }) => !marks.has(mark));
  return pieces.length === 0 ? undefined : { ...work, inJournal: 'there', pieces };
}
