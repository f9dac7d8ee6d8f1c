import { addTo, type RowAdd } from '../rows/row-adds.ts';
import { actionsFor, type EventWork, piecesThere, type TablePiece } from './work.ts';

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
  /** With those of its pieces that are in this transaction. Of an event that is in the journal there may be several, with other pieces each. */
  readonly events: EventWork[];
  readonly rows: Map<string, PackedRow>;
  /** Of the events: `actionsFor`. */
  actions: number;
  bytes: number;
}

export interface Packed {
  /** In any order, or at the same time. */
  readonly packs: Pack[];
  /** What is left of events that are larger than a transaction, for when they are in the journal: no piece is counted of an event that is not. */
  readonly later: EventWork[];
}

/**
 * Packs events into as few transactions as they need, all of an event into one where it fits. Events of the same tenant and day
 * lie next to each other, so that many of them add to the same row, which is written once.
 */
export function pack(works: readonly EventWork[]): Packed {
  const packs: Pack[] = [];
  const later: EventWork[] = [];
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
    const parts = work.inJournal === 'new' ? [beginning(work)] : work.pieces.map((piece) => piecesThere(work, [piece]));
    // What fits no transaction is one all the same, which DynamoDB refuses: so its event fails.
    for (const part of parts) if (!place(part)) placeAlone(part);
    if (work.inJournal === 'new') later.push(...rest(work, parts[0]!.pieces.length));
  }
  return { packs, later };
}

/** An event that is too large, with as many of its first pieces as fit a transaction together with it: or with none. */
function beginning(work: EventWork): EventWork {
  let begun: EventWork = { ...work, pieces: [] };
  for (let count = 1; count <= work.pieces.length; count += 1) {
    const more = { ...work, pieces: work.pieces.slice(0, count) };
    if (!add(emptyPack(), more)) break;
    begun = more;
  }
  return begun;
}

function rest(work: EventWork, begun: number): EventWork[] {
  const pieces = work.pieces.slice(begun);
  return pieces.length === 0 ? [] : [piecesThere(work, pieces)];
}

const emptyPack = (): Pack => ({ events: [], rows: new Map(), actions: 0, bytes: 0 });

/** Adds the event if all of it fits; else leaves the transaction as it was. */
function add(into: Pack, work: EventWork, limits: 'kept' | 'anyway' = 'kept'): boolean {
  const wanted = work.pieces.flatMap((piece) => piece.rows.map((row) => ({ piece, row, key: keyOf(piece, row) })));
  const newRows = countNewRows(into.rows, wanted);
  if (newRows === undefined && limits === 'kept') return false;
  const actions = into.actions + actionsFor(work);
  const bytes = into.bytes + bytesOf(work);
  const isTooMuch = actions + into.rows.size + (newRows ?? 0) > MAX_ACTIONS || bytes > MAX_BYTES;
  if (isTooMuch && limits === 'kept') return false;
  into.events.push(work);
  into.actions = actions;
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
    bytes += ACTION_BYTES;
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
