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
  /** Where in `events` each is, by its key in the journal. */
  readonly places: Map<string, number>;
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
  const placeAlone = (work: EventWork): void => {
    const fresh = emptyPack();
    add(fresh, work, 'anyway');
    packs.push(fresh);
  };
  for (const work of inOrder(works)) {
    if (place(work)) continue;
    // Larger than a transaction: piece by piece, and any of them may be the first to reach the journal.
    const inJournal = work.inJournal === 'new' ? 'maybe' : work.inJournal;
    const parts = work.pieces.map((piece) => ({ ...work, inJournal, pieces: [piece] }));
    // What fits no transaction is one all the same, which DynamoDB refuses: so its event fails.
    for (const part of parts.length > 0 ? parts : [work]) if (!place(part)) placeAlone(part);
  }
  return packs;
}

const emptyPack = (): Pack => ({ events: [], places: new Map(), rows: new Map(), bytes: 0 });

/** Adds the event if all of it fits; else leaves the transaction as it was. */
function add(into: Pack, work: EventWork, limits: 'kept' | 'anyway' = 'kept'): boolean {
  const wanted = work.pieces.flatMap((piece) => piece.rows.map((row) => ({ piece, row, key: keyOf(piece, row) })));
  const newRows = countNewRows(into.rows, wanted);
  if (newRows === undefined && limits === 'kept') return false;
  const place = `${work.key.pk}\n${work.key.sk}`;
  // A sibling that is here already shares the event's action.
  const together = into.places.get(place);
  const actions = into.events.length + (together === undefined ? 1 : 0) + into.rows.size + (newRows ?? 0);
  const bytes = into.bytes + bytesOf(work);
  if ((actions > MAX_ACTIONS || bytes > MAX_BYTES) && limits === 'kept') return false;
  if (together === undefined) {
    into.places.set(place, into.events.push(work) - 1);
  } else {
    const other = into.events[together]!;
    into.events[together] = { ...other, pieces: [...other.pieces, ...work.pieces] };
  }
  into.bytes = bytes;
  for (const { piece, row, key } of wanted) addRow(into.rows, piece, row, key);
  return true;
}

/** How many rows these would add, or undefined when one of them would have more attributes than an update takes. */
function countNewRows(
  rows: ReadonlyMap<string, PackedRow>,
  wanted: readonly { readonly row: RowAdd; readonly key: string }[],
): number | undefined {
  const sizes = new Map<string, number>();
  let count = 0;
  for (const { row, key } of wanted) {
    const known = rows.get(key);
    if (!known && !sizes.has(key)) count += 1;
    const size = (sizes.get(key) ?? known?.add.size ?? 0) + countNew(row, known);
    if (size > MAX_ATTRIBUTES) return undefined;
    sizes.set(key, size);
  }
  return count;
}

function countNew({ add: adds }: RowAdd, known: PackedRow | undefined): number {
  if (!known) return adds.size;
  let count = 0;
  for (const name of adds.keys()) if (!known.add.has(name)) count += 1;
  return count;
}

function addRow(rows: Map<string, PackedRow>, { tableName, shards }: TablePiece, row: RowAdd, key: string): void {
  const packed = rows.get(key) ?? { tableName, shards, pk: row.pk, sk: row.sk, add: new Map<string, bigint>() };
  rows.set(key, packed);
  for (const [name, amount] of row.add) addTo(packed.add, name, amount);
}

const keyOf = ({ tableName }: TablePiece, { pk, sk }: RowAdd): string => `${tableName}\n${pk}\n${sk}`;

/** Three bytes a character at most: what is measured exactly is what may be long. */
function bytesOf({ stored, pieces }: EventWork): number {
  let bytes = ACTION_BYTES + stored.byteLength;
  for (const { rows } of pieces) {
    for (const { add } of rows) {
      bytes += ACTION_BYTES;
      for (const name of add.keys()) bytes += name.length * 3 + 40;
    }
  }
  return bytes;
}

/** Those of the same tenant, day and whatever follows, next to each other. */
function inOrder(works: readonly EventWork[]): EventWork[] {
  const keyed = works.map((work) => ({ work, key: firstRow(work) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ work }) => work);
}

function firstRow({ pieces, key }: EventWork): string {
  const row = pieces[0]?.rows[0];
  return row ? `${row.pk}\n${row.sk}` : key.pk;
}
