/** A month: whatever took longer is counted as that. */
const longestMs = 31 * 24 * 60 * 60 * 1000;

/**
 * The upper ends of the buckets in milliseconds: 1 to 10 one by one, then each a tenth above the one below. Whole numbers
 * by whole numbers only, so that every machine puts a duration into the same bucket, for ever.
 */
const upperEnds: readonly number[] = endsUpTo(longestMs);

function endsUpTo(last: number): number[] {
  const ends = [1];
  for (let end = 1; end < last; ends.push(end)) end = Math.min(last, Math.max(end + 1, Math.floor((end * 11) / 10)));
  return ends;
}

/** The upper end of the bucket that a duration in milliseconds falls into. */
export function bucketOf(ms: number): number {
  return upperEnds.find((end) => ms <= end) ?? longestMs;
}

/**
 * The duration in milliseconds that `share` (0 to 1) of those counted did not exceed, a tenth too high at most; null when
 * none was counted. `counts` is by upper end.
 */
export function percentileOf(counts: ReadonlyMap<number, bigint>, share: number): number | null {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0n);
  if (total <= 0n) return null;
  const wanted = share * Number(total);
  let seen = 0n;
  for (const [end, count] of [...counts].toSorted(([a], [b]) => a - b)) {
    seen += count;
    if (Number(seen) >= wanted) return end;
  }
  return null;
}
