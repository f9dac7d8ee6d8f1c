import type { Build } from '../control/control.domain.ts';

/** DynamoDB: a sort key has at most 1,024 bytes; the shard and the bucket need a few. */
const MAX_KEY_BYTES = 1000;

/** The partition of one tenant's rows of a build, or with undefined of all tenants together. */
export function rowPartition(build: Build, tenant: string | undefined): string {
  return tenant === undefined ? `EVERYONE#${build}` : `TENANT#${tenant}#${build}`;
}

/**
 * A part of a row as it is stored. Half a surrogate pair, which no UTF-8 has, becomes the replacement character here and
 * not on its way, so that whoever computes a key by itself computes the same.
 */
export const storedText = (part: string): string => part.toWellFormed();

/**
 * Dimensions as a sort key: joined by `#`, which is escaped in them. A first part that is a date keeps its place, so that
 * a range of days is a range of keys.
 */
export function encodeRow(row: readonly string[]): string {
  return row.map((part) => storedText(part).replaceAll(/[%#]/g, encodeURIComponent)).join('#');
}

/** The dimensions that `encodeRow` has joined. */
export function decodeRow(key: string): string[] {
  return key.split('#').map((part) => part.replaceAll('%23', '#').replaceAll('%25', '%'));
}

/** Whether a row fits a key of DynamoDB. */
export const fitsKey = (encoded: string): boolean => Buffer.byteLength(encoded) <= MAX_KEY_BYTES;

/** The first and the last sort key that rows of these days can have: `$` is what follows `#`. */
export const keysOfDays = (from: string, to: string): { from: string; to: string } => ({
  from: `${from}#`,
  to: `${to}$`,
});
