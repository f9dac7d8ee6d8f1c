/**
 * Where the lines of a text are in a later one: what is the same at the start and at the end keeps its place there, and a line
 * in between is looked for by its words. Lines count from 1; undefined for one that is gone.
 */
export function linesIn(before: string, now: string): (line: number) => number | undefined {
  const old = before.split('\n');
  const fresh = now.split('\n');
  let same = 0;
  while (same < old.length && same < fresh.length && old[same] === fresh[same]) same += 1;
  let tail = 0;
  const most = Math.min(old.length, fresh.length) - same;
  while (tail < most && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) tail += 1;
  return (line) => {
    if (line <= same) return line;
    if (line > old.length - tail) return line + fresh.length - old.length;
    const words = old[line - 1]!.trim();
    const found = fresh.findIndex((text, i) => i >= same && i < fresh.length - tail && text.trim() === words);
    return found < 0 ? undefined : found + 1;
  };
}
