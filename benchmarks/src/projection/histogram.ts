/** How many observations were at most `le`, cumulative as Prometheus has it; the last bound is Infinity. */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

/** The buckets of one series in the text that /metrics answers; none when it has had no observation. */
export function bucketsOf(metrics: string, name: string, labels: Readonly<Record<string, string>>): Bucket[] {
  return metrics.split('\n').flatMap((line) => {
    const [, inner, count] = new RegExp(`^${name}_bucket\\{(.*)\\} (\\d+)`).exec(line) ?? [];
    if (inner === undefined) return [];
    const ofLine = new Map([...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!]));
    if (Object.entries(labels).some(([key, value]) => ofLine.get(key) !== value)) return [];
    const le = ofLine.get('le') ?? '';
    return [{ le: le === '+Inf' ? Infinity : Number(le), count: Number(count) }];
  });
}

/** What was observed between two readings of the same series. */
export function between(before: readonly Bucket[], after: readonly Bucket[]): Bucket[] {
  return after.map(({ le, count }) => ({ le, count: count - (before.find((bucket) => bucket.le === le)?.count ?? 0) }));
}

/** The quantile as Prometheus' `histogram_quantile` estimates it: linear within its bucket. NaN without observations. */
export function quantile(buckets: readonly Bucket[], share: number): number {
  const rank = share * (buckets.at(-1)?.count ?? NaN);
  const index = buckets.findIndex(({ count }) => count >= rank);
  const [bucket, below] = [buckets[index], buckets[index - 1] ?? { le: 0, count: 0 }];
  if (bucket === undefined || bucket.count === 0) return NaN;
  if (bucket.le === Infinity) return below.le;
  return below.le + ((bucket.le - below.le) * (rank - below.count)) / (bucket.count - below.count);
}
