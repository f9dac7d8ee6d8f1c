import type { Envelope, EventKey } from '@atlas/event-contracts';
import { InvalidChangeError } from '../errors.ts';
import type { Build } from '../control/control.domain.ts';
import type { Change, Projection } from '../projection.domain.ts';
import { type RowAdd, rowsOf } from './row-adds.ts';

/** What is counted as one: all of its rows or none, with a mark that says so. */
export interface Piece {
  readonly mark: string;
  readonly rows: readonly RowAdd[];
}

/** Whether a mark says that the build, or a piece of it, was counted. */
export const isMarkOf = (mark: string, build: Build): boolean => mark === build || mark.startsWith(`${build}#`);

/**
 * Items that one piece writes at most, and attributes of one of them: two pieces, their event, and a few of another event fit a
 * transaction of 100 actions, and an update of 150 attributes fits an expression. Marks name the number of pieces, so neither may ever
 * change: pieces that are cut otherwise would count again what is counted.
 */
const MAX_ROWS = 48;
const MAX_ATTRIBUTES = 150;

/**
 * The pieces of an event in a build, the same ones for ever: one, or as many as its rows need, or none for an event that the projection does not
 * hear or that changes nothing. Throws InvalidChangeError when `project` throws or answers what cannot be stored.
 */
export function piecesOf(
  event: { readonly eventKey: EventKey; readonly envelope: Envelope },
  projection: Projection,
  build: Build,
): Piece[] {
  const { eventKey, envelope } = event;
  if (!projection.events.includes(eventKey)) return [];
  const cut = cutRows(rowsIn(envelope, projection, build));
  if (cut.length === 1) return [{ mark: build, rows: cut[0]! }];
  return cut.map((rows, index) => ({ mark: `${build}#${index + 1}/${cut.length}`, rows }));
}

function rowsIn(envelope: Envelope, projection: Projection, build: Build): RowAdd[] {
  try {
    const changes: readonly Change[] = projection.project(envelope as never);
    return rowsOf(changes, envelope.tenant_id, projection, build);
  } catch (error) {
    throw new InvalidChangeError(build, envelope.id, (error as Error).message, { cause: error });
  }
}

/** A row with too many attributes goes on in another piece: a transaction writes an item once. */
function cutRows(rows: readonly RowAdd[]): RowAdd[][] {
  const layers: RowAdd[][] = [];
  for (const row of rows) {
    const entries = [...row.add];
    for (let from = 0; from < entries.length; from += MAX_ATTRIBUTES) {
      const add = new Map(entries.slice(from, from + MAX_ATTRIBUTES));
      (layers[from / MAX_ATTRIBUTES] ??= []).push({ ...row, add });
    }
  }
  return layers.flatMap((layer) =>
    Array.from({ length: Math.ceil(layer.length / MAX_ROWS) }, (_, index) =>
      layer.slice(index * MAX_ROWS, (index + 1) * MAX_ROWS),
    ),
  );
}
