import type { Kind } from './kinds.ts';

/** A write that proves a finding. */
export interface Evidence {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** From what the outside calls to the write: `POST /orders -> addOrder -> remember`. */
  readonly path?: readonly string[];
}

export interface Finding {
  /** `state/<kind>`, with the way it was found: `state/session:written-variable`. */
  readonly rule: string;
  readonly kind: Kind;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly name: string;
  /** One sentence: what holds state and why it lives as long as the process. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
  readonly problem: string;
  readonly risk: string;
  readonly replacement: string;
  /** 0..1; below 0.5 a finding is shown only when asked for. */
  readonly confidence: number;
  /** The same over moved lines: for the baseline. */
  readonly fingerprint: string;
}
