import type { Build } from '../control/control.domain.ts';
import type { JournalEntry, JournalKey } from '../journal-entry.ts';
import type { Marks } from '../marks/marks.ts';
import type { Projection } from '../projection.domain.ts';
import type { JournalScan } from '../rebuild/journal-scan.ts';
import { type Piece, piecesOf } from '../rows/pieces.ts';
import { addSum, noSums, rowKey, type Sums } from './sums.domain.ts';

const SEGMENTS = 16;
const READERS = 4;

/** What the journal comes to for a build. */
export interface Fold {
  readonly sums: Sums;
  /** Events that the build has counted. */
  readonly events: number;
  /** Ids of events that it should count and has not, or not all of. */
  readonly uncounted: readonly string[];
}

export interface FoldOptions {
  /** Only these rows (keys of `rowKey`). */
  readonly only?: ReadonlySet<string> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((scanned: number, total: number) => void) | undefined;
}

/**
 * Adds up what a build has counted, from nothing but the events and their marks: what `project` says is all that this and the writer
 * have in common. Keeps one sum per row and measure in memory.
 */
export async function foldJournal(
  { journal, marks }: { readonly journal: JournalScan; readonly marks: Pick<Marks, 'found'> },
  { projection, build }: { readonly projection: Projection; readonly build: Build },
  options: FoldOptions = {},
): Promise<Fold> {
  const sums = noSums();
  const uncounted: string[] = [];
  let events = 0;
  let scanned = 0;
  const total = await journal.estimate();

  const countAll = async (entries: readonly JournalEntry[]): Promise<void> => {
    const read = entries.map((entry) => ({ entry, pieces: piecesOf(entry, projection, build) }));
    const asked = read.map(({ entry, pieces }) => ({
      event: entry.envelope,
      marks: pieces.flatMap(({ mark }) => (entry.marks.has(mark) ? [] : [mark])),
    }));
    const later = await marks.found(asked);
    for (const [index, { entry, pieces }] of read.entries()) count(entry, pieces, later[index]!);
  };
  const count = (entry: JournalEntry, pieces: readonly Piece[], later: ReadonlySet<string>): void => {
    const counted = pieces.filter(({ mark }) => entry.marks.has(mark) || later.has(mark));
    if (counted.length < pieces.length) uncounted.push(entry.envelope.id);
    if (counted.length > 0) events += 1;
    for (const row of counted.flatMap(({ rows }) => rows)) {
      if (options.only && !options.only.has(rowKey(row))) continue;
      for (const [attribute, amount] of row.add) addSum(sums, row, attribute, amount);
    }
  };
  const waiting = Array.from({ length: SEGMENTS }, (_, segment) => segment);
  const read = async (): Promise<void> => {
    for (let segment = waiting.shift(); segment !== undefined; segment = waiting.shift()) {
      let after: JournalKey | undefined;
      do {
        options.signal?.throwIfAborted();
        const request = { segment, segments: SEGMENTS, events: projection.events, after };
        const page = await journal.page(request);
        await countAll(page.entries);
        uncounted.push(...page.unreadable.map(({ id }) => id));
        scanned += page.scanned;
        options.onProgress?.(scanned, Math.max(total, scanned));
        after = page.next;
      } while (after);
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return { sums, events, uncounted };
}
