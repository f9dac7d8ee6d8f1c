/** What a build says, or should say: a sum for each attribute of each row, shards aside. */
export interface Sums {
  readonly rows: Map<string, Row>;
}

export interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly sums: Map<string, bigint>;
  /** Attributes to which something negative was added: they may be smaller now than they were. */
  readonly sinking: Set<string>;
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
    row = { pk: at.pk, sk: at.sk, sums: new Map(), sinking: new Set() };
    rows.set(key, row);
  }
  row.sums.set(attribute, (row.sums.get(attribute) ?? 0n) + amount);
  if (amount < 0n) row.sinking.add(attribute);
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
  /** Proven to be wrong. */
  readonly wrong: readonly Difference[];
  /** Keys of rows that were written to in between: they are neither right nor wrong. */
  readonly moving: ReadonlySet<string>;
}

/**
 * Judges rows (by key) while they may be written to. A row and the marks of its events change in one transaction, and
 * events are only ever added: so the journal, read in between, has at least what the row had before and at most what it has after.
 */
export function judge(keys: ReadonlySet<string>, before: Sums, expected: Sums, after: Sums): Verdict {
  const wrong: Difference[] = [];
  const moving = new Set<string>();
  for (const key of keys) {
    const one = new Set([key]);
    const isStill = differencesOf(before, after, one).length === 0;
    const differences = differencesOf(expected, after, one);
    if (isStill) {
      wrong.push(...differences);
      continue;
    }
    const sinking = expected.rows.get(key)?.sinking ?? new Set();
    const impossible = differences.filter(({ attribute, expected: sum, actual: last }) => {
      const first = before.rows.get(key)?.sums.get(attribute) ?? 0n;
      return !sinking.has(attribute) && (sum < first || sum > last);
    });
    if (impossible.length > 0) wrong.push(...impossible);
    else moving.add(key);
  }
  return { wrong, moving };
}
