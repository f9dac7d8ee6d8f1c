/** How much is measured: a whole run, or a look. */
export interface SectionOptions {
  /** How often every lane runs; tables show medians. */
  readonly rounds: number;
  /** Of what a whole run measures: 1 is all of it. */
  readonly scale: number;
  /** A file of real orders; made-up ones of about the same sizes without it. */
  readonly orders: string | undefined;
}

/** A promise about the numbers, and how it turned out. */
export interface Verdict {
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
}

export interface SectionResult {
  /** A heading of the second level and what was measured, as Markdown. */
  readonly markdown: string;
  readonly verdicts: readonly Verdict[];
}

/** One thing that this benchmark measures. */
export interface Section {
  readonly name: string;
  measure(options: SectionOptions, say: (line: string) => void): Promise<SectionResult>;
}
