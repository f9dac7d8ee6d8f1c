import { hash } from 'node:crypto';

/** How many buckets there are: a hundredth of a percent is the smallest share that can be chosen. */
export const buckets = 10_000;

/**
 * The bucket, 0 to 9999, of `id` under `seed`: always the same one, in every process and every version, and independent of
 * the bucket under another seed. "Bucket below n" chooses n / 10,000 of all ids, and a larger n only adds some.
 */
export function bucketOf(seed: string, id: string): number {
  // JSON, so that ("a", "bc") and ("ab", "c") are different. 32 bits of SHA-256 over 10,000: the bias is below 0.0003 %.
  return Number.parseInt(hash('sha256', JSON.stringify([seed, id])).slice(0, 8), 16) % buckets;
}
