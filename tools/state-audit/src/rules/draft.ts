import type ts from 'typescript';
import type { Holder } from '../engine/holders.ts';
import type { Unit, Write } from '../engine/model.ts';
import type { Kind } from '../kinds.ts';

/** A finding before it is written out. */
export interface Draft {
  readonly rule: string;
  readonly kind: Kind;
  readonly unit: Unit;
  readonly node: ts.Node;
  readonly name: string;
  readonly message: string;
  readonly confidence: number;
  readonly writes: readonly Pick<Write, 'fn' | 'node'>[];
  readonly holder?: Holder;
}
