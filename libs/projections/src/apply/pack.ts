import { addTo, type RowAdd } from '../rows/row-adds.ts';
import type { EventWork, TablePiece } from './work.ts';

/** Quotas of TransactWriteItems: 100 actions and 4 MB; below the second one, because names and keys are only estimated. */
const MAX_ACTIONS = 100;
const MAX_BYTES = 3_000_000;
/** An update expression has at most 4 KB and 300 operators (a quota of DynamoDB); `#a199 :v199,` takes 13 bytes. */
const MAX_ATTRIBUTES = 200;
/** Keys, names and the rest of an action. */
const ACTION_BYTES = 400;

/** A row that a transaction adds to: the sum over all of its events. */
export interface PackedRow {
  readonly tableName: string;
  readonly shards: number;
  readonly pk: string;
  readonly sk: string;
  readonly add: Map<string, bigint>;
}

/** What goes into one transaction. */
export interface Pack {
  /** Each event once, with those of its pieces that are in this transaction. */
  readonly events: EventWork[];
  readonly rows: Map<string, PackedRow>;
  bytes: number;
}

/**
 * Packs events into as few transactions as they need, all of an event into one where it fits. Events of the same tenant and day
 * lie next to each other, so that many of them add to the same row, which is written once.
 */
export function pack(works: readonly EventWork[]): Pack[] {
  const packs: Pack[] = [];
  let current: Pack | undefined;
  const place = (work: EventWork): boolean => {
    if (current && add(current, work)) return true;
    const fresh = emptyPack();
    if (!add(fresh, work)) return false;
    packs.push(fresh);
    current = fresh;
    return true;
  };
  for (const work of works.toSorted(byFirstRow)) {
    if (place(work)) continue;
    // Larger than a transaction: piece by piece, and any of them may be the first to reach the journal.
    const inJournal = work.inJournal === 'new' ? 'maybe' : work.inJournal;
    for (const piece of work.pieces) place({ ...work, inJournal, pieces: [piece] });
  }
  return packs;
}

const emptyPack = (): Pack => ({ events: [], rows: new Map(), bytes: 0 });

/** Adds the event if all of it fits; else leaves the transaction as it was. */
function add(into: Pack, work: EventWork): boolean {
  const wanted = work.pieces.flatMap((piece) => piece.rows.map((row) => ({ piece, row, key: keyOf(piece, row) })));
  const newRows = new Map<string, number>();
  for (const { row, key } of wanted) {
    const known = into.rows.get(key);
    const before = newRows.get(key) ?? known?.add.size ?? 0;
    const more = known ? [...row.add.keys()].filter((name) => !known.add.has(name)).length : row.add.size;
    if (before + more > MAX_ATTRIBUTES) return false;
    if (!known) newRows.set(key, before + more);
  }
  // A sibling that is here already shares the event's action.
  const together = into.events.findIndex((other) => other.key.sk === work.key.sk && other.key.pk === work.key.pk);
  const actions = into.events.length + (together < 0 ? 1 : 0) + into.rows.size + newRows.size;
  const bytes = into.bytes + bytesOf(work);
  if (actions > MAX_ACTIONS || bytes > MAX_BYTES) return false;
  const other = into.events[together];
  if (other) into.events[together] = { ...other, pieces: [...other.pieces, ...work.pieces] };
  else into.events.push(work);
  into.bytes = bytes;
  for (const { piece, row, key } of wanted) addRow(into.rows, piece, row, key);
  return true;
}

function addRow(rows: Map<string, PackedRow>, { tableName, shards }: TablePiece, row: RowAdd, key: string): void {
  const packed = rows.get(key) ?? { tableName, shards, pk: row.pk, sk: row.sk, add: new Map<string, bigint>() };
  rows.set(key, packed);
  for (const [name, amount] of row.add) addTo(packed.add, name, amount);
}

const keyOf = ({ tableName }: TablePiece, { pk, sk }: RowAdd): string => `${tableName}\n${pk}\n${sk}`;

/** Three bytes a character at most: what is measured exactly is what may be long. */
function bytesOf({ text, pieces }: EventWork): number {
  let bytes = ACTION_BYTES + Buffer.byteLength(text);
  for (const { rows } of pieces) {
    for (const { add } of rows) {
      bytes += ACTION_BYTES;
      for (const name of add.keys()) bytes += name.length * 3 + 40;
    }
  }
  return bytes;
}

function byFirstRow(one: EventWork, other: EventWork): number {
  const [a, b] = [firstRow(one), firstRow(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function firstRow({ pieces, key }: EventWork): string {
  const row = pieces[0]?.rows[0];
  return row ? `${row.pk}\n${row.sk}` : key.pk;
}
