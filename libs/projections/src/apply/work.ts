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
 * `new`: the event is put into the journal with the marks of its pieces, unless it is there. `there`: it is in the journal, and who made this work has seen that its
 * item has none of these marks, which never changes; each piece is given a mark in the table of marks.
 */
export type InJournal = 'new' | 'there';

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

/** Actions of a transaction that the event takes, beside those of its rows. */
export const actionsFor = ({ inJournal, pieces }: EventWork): number => (inJournal === 'new' ? 1 : pieces.length);

/** Some of the pieces of an event that is in the journal by now. */
export const piecesThere = (work: EventWork, pieces: readonly TablePiece[]): EventWork => ({
  ...work,
  ...{ inJournal: 'there', stored: new Uint8Array(), pieces },
});

/** The work of an event that is in the journal, without the pieces that somebody has counted; undefined when nothing is left to do. */
export function withoutMarks(work: EventWork, marks: ReadonlySet<string>): EventWork | undefined {
  const pieces = work.pieces.filter(({ mark }) => !marks.has(mark));
  return pieces.length === 0 ? undefined : piecesThere(work, pieces);
}
