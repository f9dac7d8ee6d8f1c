import { createHolders } from './holders.ts';
import { createLifetimes } from './lifetimes.ts';
import type { Unit } from './model.ts';
import { createNames, type Names } from './names.ts';
import { parseUnit } from './parse.ts';
import { findPhases, type Phases } from './phases.ts';
import { createResolver, type ModuleNames } from './resolve.ts';
import { createValues, type Values } from './values.ts';

export interface SourceText {
  /** Relative to the audited folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** How far the reading of a program is, in steps of one file each; `what` is the file or what is being worked out. */
export type Progress = (done: number, total: number, what: string) => void;

/** A file is parsed, its calls are followed twice, and its state is judged. */
export const STEPS = 4;

export interface Program {
  readonly units: readonly Unit[];
  readonly values: Values;
  readonly phases: Phases;
  readonly names: Names;
  readonly holders: ReturnType<typeof createHolders> & ReturnType<typeof createLifetimes>;
}

/** Reads all files into one program. Files that do not parse whole are read as far as they go. */
export function createProgram(
  files: readonly SourceText[],
  modules: ModuleNames,
  onProgress: Progress = () => {},
): Program {
  const units = new Map<string, Unit>();
  const total = files.length * STEPS;
  // In whatever order somebody names the files, the answer is the same.
  const inOrder = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  inOrder.forEach(({ path, text }, i) => {
    onProgress(i + 1, total, path);
    units.set(path, parseAsFarAsPossible(path, text));
  });
  const all = [...units.values()];
  const values = createValues(units, createResolver(new Set(units.keys()), modules));
  const names = createNames();
  const step = (what: string, round: number) => (i: number) => onProgress(files.length * round + i, total, what);
  // First round without arguments; then what is passed is known, and so are more callees.
  values.learn(findPhases(all, values, names, step('who calls whom', 1)).callers);
  const phases = findPhases(all, values, names, step('what runs when', 2));
  const holders = createHolders(all, values);
  const lifetimes = createLifetimes(all, values, phases, holders);
  return { units: all, values, phases, names, holders: { ...holders, ...lifetimes } };
}

/** What no recursive visit can read (a concatenation of thousands of terms) is an empty file that says so. */
function parseAsFarAsPossible(path: string, text: string): Unit {
  try {
    return parseUnit(path, text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ...parseUnit(path, ''), text, syntaxError: { line: 1, message: 'nested too deeply: not read' } };
  }
}
