import type { Partition } from '../model.ts';
import type { Commit } from './history.ts';

export interface CoChange {
  /** Commits that touched the module at all. */
  readonly commits: number;
  /** Those that had to touch another candidate, too. */
  readonly together: number;
  readonly partners: readonly { readonly name: string; readonly times: number; readonly latest: Commit }[];
}

/** A commit over more files than this is a sweep (formatting, renaming) and says nothing about coupling. */
const SWEEP = 40;

/** How often each module changed together with another one. */
export function readCoChange(commits: readonly Commit[], partition: Partition): Map<string, CoChange> {
  const tally = new Map<
    string,
    { commits: number; together: number; partners: Map<string, { times: number; latest: Commit }> }
  >();
  for (const commit of commits) {
    if (commit.files.length > SWEEP) continue;
    const touched = new Set(commit.files.flatMap((file) => partition.moduleOf(file) ?? []));
    for (const name of touched) {
      const one = tally.get(name) ?? { commits: 0, together: 0, partners: new Map() };
      tally.set(name, one);
      one.commits += 1;
      if (touched.size > 1) one.together += 1;
      for (const other of touched) {
        if (other === name) continue;
        const known = one.partners.get(other);
        one.partners.set(other, { times: (known?.times ?? 0) + 1, latest: known?.latest ?? commit });
      }
    }
  }
  return new Map(
    [...tally].map(([name, one]) => [
      name,
      {
        ...one,
        partners: [...one.partners]
          .map(([partner, seen]) => ({ name: partner, ...seen }))
          .sort((a, b) => b.times - a.times || (a.name < b.name ? -1 : 1)),
      },
    ]),
  );
}
