/** What a build says, or should say: a sum for each attribute of each row, shards aside. */
export interface Sums {
  readonly rows: Map<string, Row>;
}

export interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly sums: Map<string, bigint>;
}

export const noSums = (): Sums => ({ rows: new Map() });

/** A row by its keys, as text. */
export const rowKey = ({ pk, sk }: { readonly pk: string; readonly sk: string }): string => JSON.stringify([pk, sk]);

/** Adds one contribution to a row. */
export function addSum(
  { rows }: Sums,
  at: { readonly pk: string; readonly sk: string },
  attribute: string,
  amount: bigint,
): void {
  const key = rowKey(at);
  let row = rows.get(key);
  if (!row) {
    row = { pk: at.pk, sk: at.sk, sums: new Map() };
    rows.set(key, row);
  }
  row.sums.set(attribute, (row.sums.get(attribute) ?? 0n) + amount);
}

/** A sum that is not what the journal comes to. */
export interface Difference {
  readonly pk: string;
  readonly sk: string;
  readonly attribute: string;
  readonly expected: bigint;
  readonly actual: bigint;
}

/** Where two views of the same rows differ. A sum of nothing is as good as none. */
export function differencesOf(expected: Sums, actual: Sums, only?: ReadonlySet<string>): Difference[] {
  const keys = only ?? new Set([...expected.rows.keys(), ...actual.rows.keys()]);
  return [...keys].flatMap((key) => {
    const [wanted, found] = [expected.rows.get(key), actual.rows.get(key)];
    const row = wanted ?? found;
    if (!row) return [];
    const attributes = new Set([...(wanted?.sums.keys() ?? []), ...(found?.sums.keys() ?? [])]);
    return [...attributes].flatMap((attribute) => {
      const [should, is] = [wanted?.sums.get(attribute) ?? 0n, found?.sums.get(attribute) ?? 0n];
      return should === is ? [] : [{ pk: row.pk, sk: row.sk, attribute, expected: should, actual: is }];
    });
  });
}

/** What can be said of rows that were read before and after their events were added up. */
export interface Verdict {
  /** Where a row that stood still is not what its events come to. */
  readonly differences: readonly Difference[];
  /** Keys of rows that were written to in between: nothing can be said of them. */
  readonly moving: ReadonlySet<string>;
}

/**
 * Judges rows (by key) while they may be written to. A row and the marks of its events change in one transaction: when the row
 * is the same before and after the journal was read, it was the same while it was read. But for events that cancel each other out to the
 * last measure: whoever calls a difference wrong has seen it twice.
 */
export function judge(keys: ReadonlySet<string>, before: Sums, expected: Sums, after: Sums): Verdict {
  const moving = new Set([...keys].filter((key) => differencesOf(before, after, new Set([key])).length > 0));
  const still = new Set([...keys].filter((key) => !moving.has(key)));
  return { differences: differencesOf(expected, after, still), moving };
}

/** By how much a sum is wrong, and which: equal for two looks at a sum that is wrong, whatever was counted in between. */
export const mistakeOf = (difference: Difference): string =>
  JSON.stringify([rowKey(difference), difference.attribute, String(difference.actual - difference.expected)]);
