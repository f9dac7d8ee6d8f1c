/** A place in the audited code, and what it says about a factor. */
export interface Proof {
  readonly file: string;
  readonly line: number;
  /** The code itself, on one line; empty where the file as a whole is meant. */
  readonly text: string;
  readonly says: string;
}

export type Found = 'package' | 'folder' | 'names' | 'imports' | 'correction';

/** A part of the program that could become a service of its own. */
export interface Candidate {
  readonly name: string;
  readonly how: Found;
  readonly files: readonly string[];
}

/** Code that is no candidate, and why: what everybody uses, what only computes, what starts the program. */
export interface Remainder {
  readonly name: string;
  readonly why: string;
  readonly files: readonly string[];
}

export interface Partition {
  readonly candidates: readonly Candidate[];
  readonly shared: readonly Remainder[];
  /** Which candidate a file belongs to; undefined for shared code and for what starts the program. */
  moduleOf(file: string): string | undefined;
  isShared(file: string): boolean;
}

export interface Factor {
  readonly value: number;
  /** How the number comes about, with its parts. */
  readonly formula: string;
  readonly proofs: readonly Proof[];
  /** What a person has put in its place. */
  readonly corrected?: { readonly computed: number; readonly reason: string };
}

export interface NeededEvent {
  /** `order.completed`: a proposal, made of the names in the code. */
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly instead: Proof;
}

export interface Link {
  readonly from: string;
  readonly to: string;
  readonly imports: number;
  readonly calls: number;
  /** Of these calls: how many do not wait for an answer. */
  readonly oneWay: number;
  readonly tables: readonly string[];
}

export interface ModuleScore {
  readonly rank: number;
  readonly name: string;
  readonly how: Found;
  readonly files: readonly string[];
  readonly lines: number;
  /** 100 x clarity x viability / coupling: 0 to 100. */
  readonly score: number;
  readonly domainClarity: Factor;
  readonly asyncViability: Factor;
  readonly coupling: Factor;
  /** Two or three sentences for the person who decides. */
  readonly summary: readonly string[];
  readonly events: readonly NeededEvent[];
}

export interface ScoreResult {
  readonly modules: readonly ModuleScore[];
  readonly shared: readonly Remainder[];
  readonly links: readonly Link[];
  readonly tables: readonly { readonly name: string; readonly owner: string; readonly users: readonly string[] }[];
  readonly history: { readonly commits: number } | undefined;
  readonly warnings: readonly string[];
  /** What could not be read, or not whole: evidence may be missing there. */
  readonly unparsable: readonly { readonly file: string; readonly line: number; readonly message: string }[];
  /** What whoever read the files left out. */
  readonly leftOut?: readonly { readonly path: string; readonly files: number; readonly why: string }[];
  readonly files: number;
  readonly lines: number;
}
