import type { Program } from '@atlas/state-audit/engine';

export interface ImportEdge {
  readonly from: string;
  readonly to: string;
  readonly line: number;
  readonly text: string;
}

/** Which file of the program imports which, with the line that says so. */
export function readImports(program: Program): ImportEdge[] {
  return program.units.flatMap((unit) => {
    const specifiers = new Set([...unit.imports, ...unit.exportStars]);
    for (const target of unit.exports.values()) if (target.from) specifiers.add(target.from.specifier);
    return [...specifiers].flatMap((specifier): ImportEdge[] => {
      const to = program.values.resolve(unit, specifier);
      if (!to || to === unit) return [];
      const at = unit.text.search(new RegExp(`['"\`]${escape(specifier)}['"\`]`));
      const line = at < 0 ? 1 : unit.source.getLineAndCharacterOfPosition(at).line + 1;
      const text = at < 0 ? '' : (unit.text.split('\n')[line - 1] ?? '').trim().slice(0, 100);
      return [{ from: unit.path, to: to.path, line, text }];
    });
  });
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
