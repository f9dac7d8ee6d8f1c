/** Each bucket is a tenth wider than the one below: a percentile is told to 10 %, and 0.1 ms to a minute are 140 buckets. */
const growth = 1.1;
const smallestMs = 0.1;

/** The number of the bucket that a duration falls into. */
export function bucketOf(ms: number): number {
  return ms <= smallestMs ? 0 : Math.ceil(Math.log(ms / smallestMs) / Math.log(growth));
}

/** The upper end of a bucket in milliseconds. */
export function bucketEndMs(bucket: number): number {
  return smallestMs * growth ** bucket;
}

/**
 * The duration that `share` (0 to 1) of the observations did not exceed, at most 10 % too high; null without
 * observations. Buckets of many replicas are simply added, which percentiles could not be.
 */
export function percentileOf(counts: ReadonlyMap<number, number>, share: number): number | null {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let seen = 0;
  for (const [bucket, count] of [...counts].toSorted(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= total * share) return bucketEndMs(bucket);
  }
  return null;
}
