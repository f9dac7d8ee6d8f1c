import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { fact, type Fact } from './ledger.domain.ts';

const line = z.array(fact);

/** Where the facts of a ledger are kept. */
export interface FactFile {
  /** Keeps facts that belong together as one line, so that a SIGKILL leaves all of them or none. Back when it is written. */
  append(facts: readonly Fact[]): void;
  close(): void;
}

/**
 * Opens the file of an earlier process and tells its facts in order; without a path nothing is kept. A
 * last line that was torn by a kill is cut off: nobody was told about it. Throws for a file that is something else.
 */
export function openFactFile(path: string | undefined, onFact: (fact: Fact) => void): FactFile {
  if (path === undefined) return { append: () => undefined, close: () => undefined };
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'a+');
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  whole.split('\n').forEach((entry, index) => {
    if (entry !== '') factsOf(entry, path, index + 1).forEach(onFact);
  });
  ftruncateSync(file, Buffer.byteLength(whole));
  return {
    // Synchronously: what is answered afterwards is in the file, and lines cannot mix.
    append: (facts) => void writeSync(file, `${JSON.stringify(facts)}\n`),
    close: () => closeSync(file),
  };
}

function factsOf(entry: string, path: string, number: number): Fact[] {
  try {
    return line.parse(JSON.parse(entry));
  } catch (error) {
    throw new Error(`Line ${number} of ${path} is no entry of a ledger. Delete the file to begin anew.`, {
      cause: error,
    });
  }
}
