import ts from 'typescript';
import type { SourceText } from '../engine/program.ts';

/** Files of one small server; labels at the ends of lines stay there. */
export type Files = readonly SourceText[];
/** A change that keeps what a program does; `pick` says where it happens. */
export type Mutation = (files: Files, pick: () => boolean) => Files;

export interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly put: string;
}

/** The file with these edits; of two that touch each other the first in the list wins. */
export function edited(file: SourceText, edits: readonly Edit[]): SourceText {
  let { text } = file;
  let from = Infinity;
  const inOrder = edits.map((edit, index) => ({ ...edit, index }));
  for (const { at, remove, put } of inOrder.sort((a, b) => b.at - a.at || b.index - a.index)) {
    if (at + remove > from) continue;
    text = text.slice(0, at) + put + text.slice(at + remove);
    from = at;
  }
  return { ...file, text };
}

export function parse(file: SourceText, script = ts.ScriptKind.JS): ts.SourceFile {
  const isPage = /\.[jt]sx$/.test(file.path);
  const kind = isPage ? ts.ScriptKind.TSX : /\.[cm]?ts$/.test(file.path) ? ts.ScriptKind.TS : script;
  return ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true, kind);
}

export function each(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => each(child, visit));
}

/** The text from a node's first character to the label behind it, if there is one. */
export function wholeLines(node: ts.Node): { at: number; end: number } {
  const { text } = node.getSourceFile();
  const rest = /^[ \t]*\/\/[!@][^\n]*/.exec(text.slice(node.end));
  return { at: node.getStart(), end: node.end + (rest?.[0].length ?? 0) };
}

/** What the compiler says about names in one file: independent of the audit's own reading. */
export function checked(file: SourceText): { source: ts.SourceFile; checker: ts.TypeChecker } {
  // As JavaScript, `const x = require(…)` in a block would be the `x` of the whole function.
  const source = parse(file, ts.ScriptKind.TS);
  const host: ts.CompilerHost = {
    getSourceFile: (name) => (name === file.path ? source : undefined),
    getDefaultLibFileName: () => 'lib.d.ts',
    ...{ writeFile: () => undefined, getCurrentDirectory: () => '/', getCanonicalFileName: (name) => name },
    ...{ useCaseSensitiveFileNames: () => true, getNewLine: () => '\n' },
    ...{ fileExists: (name) => name === file.path, readFile: () => undefined },
  };
  const options = { allowJs: true, noLib: true, noResolve: true, types: [], target: ts.ScriptTarget.Latest };
  const program = ts.createProgram([file.path], { ...options, module: ts.ModuleKind.ESNext }, host);
  return { source, checker: program.getTypeChecker() };
}

/** Every place in a file that means a symbol, the declarations included. */
export function references(source: ts.SourceFile, checker: ts.TypeChecker): Map<ts.Symbol, ts.Identifier[]> {
  const found = new Map<ts.Symbol, ts.Identifier[]>();
  each(source, (node) => {
    if (!ts.isIdentifier(node)) return;
    const symbol = meant(node, checker);
    if (symbol) found.set(symbol, [...(found.get(symbol) ?? []), node]);
  });
  return found;
}

function meant(node: ts.Identifier, checker: ts.TypeChecker): ts.Symbol | undefined {
  const up = node.parent;
  if (ts.isPropertyAccessExpression(up) && up.name === node) return undefined;
  if (ts.isPropertyAssignment(up) && up.name === node) return undefined;
  if (ts.isBindingElement(up) && up.propertyName === node) return undefined;
  if ((ts.isImportSpecifier(up) || ts.isExportSpecifier(up)) && up.propertyName === node && ts.isImportSpecifier(up))
    return undefined;
  if (ts.isShorthandPropertyAssignment(up)) return checker.getShorthandAssignmentValueSymbol(up);
  if (ts.isExportSpecifier(up)) return checker.getExportSpecifierLocalTargetSymbol(up);
  return checker.getSymbolAtLocation(node);
}
