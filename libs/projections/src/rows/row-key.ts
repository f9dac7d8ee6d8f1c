import type { Build } from '../control/control.domain.ts';

/** DynamoDB: a sort key has at most 1,024 bytes; the bucket needs a few. */
const MAX_KEY_BYTES = 1000;

/** Names the rows of one tenant in a build, or with undefined those of all tenants together, whatever shard they are on. */
export function rowPartition(build: Build, tenant: string | undefined): string {
  return tenant === undefined ? `EVERYONE#${build}` : `TENANT#${tenant}#${build}`;
}

/**
 * The partition key of one shard of these rows. The shard is part of it and not of the sort key: a partition key takes a thousand
 * units of writing a second, and each shard is to have its own.
 */
export const shardPartition = (rows: string, shard: number): string => `${rows}#${shard}`;

/** What `rowPartition` and `shardPartition` have put together; undefined for what they have not. */
export function parseShardPartition(pk: string): { rows: string; build: Build; shard: number } | undefined {
  // From its end: what a tenant calls itself may look like anything.
  const parts = /^((?:EVERYONE|TENANT#.*)#([^#]+))#(\d+)$/s.exec(pk);
  return parts ? { rows: parts[1]!, build: parts[2]!, shard: Number(parts[3]) } : undefined;
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

/** Between which sort keys the rows of these days are: `$` is what follows `#`. */
export const keysOfDays = (from: string, to: string): { from: string; to: string } => ({
  from,
  to: `${to}$`,
});
