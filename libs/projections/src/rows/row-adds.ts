import { createHash } from 'node:crypto';
import type { Build } from '../control/control.domain.ts';
import type { Change, Projection } from '../projection.domain.ts';
import { encodeRow, fitsKey, rowPartition, storedText } from './row-key.ts';

/** What is to be added to one item of a projection's table, shards aside. */
export interface RowAdd {
  /** Without its shard, which is chosen for each transaction. */
  readonly pk: string;
  readonly sk: string;
  /** By attribute: a measure, or in a packed projection `<measure>#<last dimension>`. */
  readonly add: ReadonlyMap<string, bigint>;
}

const datePattern = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const measurePattern = /^[a-z][a-z0-9_]*$/;

/** DynamoDB's numbers have 38 digits: one event leaves room for a thousand others like it. */
const tooLarge = 10n ** 35n;

/**
 * The items that the changes of one event add to, each once, in the order in which they are named: those of the tenant, and of all
 * tenants together where the projection says so. Throws TypeError for a change that cannot be stored, with the reason.
 */
export function rowsOf(
  changes: readonly Change[],
  tenantId: string,
  projection: Pick<Projection, 'dimensions' | 'everyone' | 'packed'>,
  build: Build,
): RowAdd[] {
  const rows = new Map<string, { sk: string; add: Map<string, bigint> }>();
  for (const change of changes) {
    assertStorable(change, projection.dimensions);
    const { sk, attributeOf } = placeOf(change.row, projection.packed);
    const row = rows.get(sk) ?? { sk, add: new Map<string, bigint>() };
    rows.set(sk, row);
    for (const [measure, amount] of Object.entries(change.add)) addTo(row.add, attributeOf(measure), BigInt(amount));
  }
  const tenants = projection.everyone ? [tenantId, undefined] : [tenantId];
  return tenants.flatMap((tenant) => {
    const pk = rowPartition(build, tenant);
    return [...rows.values()].map(({ sk, add }) => ({ pk, sk, add }));
  });
}

/** Adds to what is there under this name. */
export function addTo(sums: Map<string, bigint>, name: string, amount: bigint): void {
  sums.set(name, (sums.get(name) ?? 0n) + amount);
}

function placeOf(row: readonly string[], packed: number | undefined) {
  if (packed === undefined) return { sk: encodeRow(row), attributeOf: (measure: string) => measure };
  const last = storedText(row.at(-1)!);
  const bucket = createHash('sha256').update(last).digest().readUInt32BE() % packed;
  return {
    sk: `${encodeRow(row.slice(0, -1))}#${bucket}`,
    attributeOf: (measure: string) => `${measure}#${last}`,
  };
}

function assertStorable({ row, add }: Change, dimensions: readonly string[]): void {
  if (row.length !== dimensions.length) {
    throw new TypeError(`a row has ${row.length} parts and not ${dimensions.length} (${dimensions.join(', ')})`);
  }
  if (!datePattern.test(row[0]!)) throw new TypeError(`a row begins with "${row[0]}" and not with a date`);
  if (!fitsKey(encodeRow(row))) throw new TypeError('the parts of a row together are longer than 1,000 bytes');
  for (const [measure, amount] of Object.entries(add)) {
    if (!measurePattern.test(measure)) throw new TypeError(`"${measure}" is not the name of a measure`);
    assertExact(measure, amount);
  }
}

function assertExact(measure: string, amount: number | bigint): void {
  if (typeof amount === 'number') {
    if (!Number.isSafeInteger(amount)) throw new TypeError(`${measure} is ${amount}, which is not a safe integer`);
  } else if (amount >= tooLarge || amount <= -tooLarge) {
    throw new TypeError(`${measure} is ${amount}, which has more than 35 digits`);
  }
}
