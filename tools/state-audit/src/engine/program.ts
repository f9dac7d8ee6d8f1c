import { createHolders } from './holders.ts';
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

export interface Program {
  readonly units: readonly Unit[];
  readonly values: Values;
  readonly phases: Phases;
  readonly names: Names;
  readonly holders: ReturnType<typeof createHolders>;
}

/** Reads all files into one program. Files that do not parse whole are read as far as they go. */
export function createProgram(
  files: readonly SourceText[],
  modules: ModuleNames,
  onFile?: (path: string) => void,
): Program {
  const units = new Map<string, Unit>();
  for (const { path, text } of files) {
    onFile?.(path);
    units.set(path, parseAsFarAsPossible(path, text));
  }
  const all = [...units.values()];
  const values = createValues(units, createResolver(new Set(units.keys()), modules));
  const names = createNames();
  // First round without arguments; then what is passed is known, and so are more callees.
  values.learn(findPhases(all, values, names).callers);
  const phases = findPhases(all, values, names);
  return { units: all, values, phases, names, holders: createHolders(all, values, () => phases) };
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
