import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Projection } from '../projection.domain.ts';
import { encodeRow } from './row-key.ts';

/** What one item of a projection's table adds to rows. */
export interface StoredAdds {
  /** The items of a group lie together in each shard, and no other item adds to its rows. */
  readonly group: string;
  /** Rows by their encoded dimensions. */
  readonly adds: readonly { readonly row: string; readonly measure: string; readonly amount: bigint }[];
}

/** Reads an item in DynamoDB's own form, where numbers are text: they may be larger than a number of JavaScript is exact for. */
export function addsIn(
  item: Readonly<Record<string, AttributeValue>>,
  { packed }: Pick<Projection, 'packed'>,
): StoredAdds {
  const { pk: _pk, sk, ...attributes } = item;
  const row = sk?.S ?? '';
  const group = packed === undefined ? row : withoutBucket(row);
  const adds = Object.entries(attributes).map(([name, value]) => {
    const amount = BigInt(value.N ?? '0');
    if (packed === undefined) return { row, measure: name, amount };
    const end = name.indexOf('#');
    return { row: `${group}#${encodeRow([name.slice(end + 1)])}`, measure: name.slice(0, end), amount };
  });
  return { group, adds };
}

const withoutBucket = (key: string): string => key.slice(0, Math.max(0, key.lastIndexOf('#')));
