/** A comment `atlas-local-ok: <reason>`: this state is meant to be local, and why. */
export interface Suppression {
  readonly file: string;
  readonly line: number;
  /** The line that it speaks of: its own when code stands there, else the next line of code. */
  readonly covers: number;
  /** It stands on a line of its own, above what it speaks of. */
  readonly isAbove: boolean;
  /** undefined: no reason is given, so nothing is explained. */
  readonly reason: string | undefined;
}

const MARK = /(?:\/\/|\/\*)\s*atlas-local-ok\b:?[ \t]*(.*?)\s*(?:\*\/.*)?$/;
const SHORTEST_REASON = 8;

/** Reads the explanations in a file. */
export function readSuppressions(file: string, text: string): Suppression[] {
  if (!text.includes('atlas-local-ok')) return [];
  const lines = text.split(/\r?\n/);
  return lines.flatMap((content, index): Suppression[] => {
    const [whole, said = ''] = MARK.exec(content) ?? [];
    // In a string or a code span it is spoken about, not said.
    if (whole === undefined || (content.slice(0, content.indexOf(whole)).match(/['"`]/g) ?? []).length % 2 === 1)
      return [];
    let covers = index + 1;
    let isAbove = false;
    if (content.trimStart().startsWith(whole.trimStart().slice(0, 2)) && /^\s*(\/\/|\/\*)/.test(content)) {
      covers += 1;
      isAbove = true;
      while (covers <= lines.length && /^\s*($|\/\/|\*|\/\*)/.test(lines[covers - 1] ?? '')) covers += 1;
    }
    return [{ file, line: index + 1, covers, isAbove, reason: said.length >= SHORTEST_REASON ? said : undefined }];
  });
}
