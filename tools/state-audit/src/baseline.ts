import type { Finding } from './finding.ts';

/** What was there when the team began to count: only what comes on top fails the build. */
export interface Baseline {
  readonly version: 1;
  readonly findings: readonly {
    readonly fingerprint: string;
    readonly kind: string;
    readonly file: string;
    readonly name: string;
  }[];
}

export interface Compared {
  readonly fresh: readonly Finding[];
  readonly known: readonly Finding[];
  /** How many entries of the baseline are no longer found. */
  readonly gone: number;
}

/** Reads a baseline file; throws an Error that says what is wrong with it. */
export function parseBaseline(text: string): Baseline {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('the baseline is not JSON');
  }
  const { version, findings } = (json ?? {}) as Partial<Baseline>;
  if (version !== 1 || !Array.isArray(findings) || findings.some((f) => typeof f?.fingerprint !== 'string')) {
    throw new Error('the baseline is not one that `atlas audit --write-baseline` writes (version 1)');
  }
  return json as Baseline;
}

/** The baseline that makes these findings known; sorted, so that a diff shows what changed. */
export function toBaseline(findings: readonly Finding[]): string {
  const entries = findings.map(({ fingerprint, kind, file, name }) => ({ fingerprint, kind, file, name }));
  entries.sort((a, b) =>
    `${a.file}\0${a.name}\0${a.fingerprint}`.localeCompare(`${b.file}\0${b.name}\0${b.fingerprint}`),
  );
  return `${JSON.stringify({ version: 1, findings: entries }, null, 2)}\n`;
}

/** Splits findings into new ones and those the baseline knows. */
export function compare(findings: readonly Finding[], baseline: Baseline | undefined): Compared {
  const known = new Set(baseline?.findings.map((f) => f.fingerprint));
  const here = new Set(findings.map((f) => f.fingerprint));
  return {
    fresh: findings.filter((f) => !known.has(f.fingerprint)),
    known: findings.filter((f) => known.has(f.fingerprint)),
    gone: [...known].filter((fingerprint) => !here.has(fingerprint)).length,
  };
}
