import ts from 'typescript';
import type { SourceText } from '../engine/program.ts';
import { type Edit, each, edited, type Mutation, parse, wholeLines } from './edits.ts';

const shuffled = <T>(list: readonly T[], pick: () => boolean): T[] =>
  list.reduce<T[]>((done, one) => (pick() ? [one, ...done] : [...done, one]), []);

/** What does nothing but be there: it may stand anywhere after the imports and before its first use. */
function isInert(node: ts.Expression | undefined): boolean {
  if (!node) return true;
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node))
    return isInert(node.expression);
  if (ts.isNewExpression(node))
    return /^(Map|Set|WeakMap|WeakSet|Array)$/.test(node.expression.getText()) && !node.arguments?.length;
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isInert);
  if (ts.isObjectLiteralExpression(node))
    return node.properties.every(
      (p) =>
        ts.isMethodDeclaration(p) ||
        (ts.isPropertyAssignment(p) && !ts.isComputedPropertyName(p.name) && isInert(p.initializer)),
    );
  return (
    ts.isLiteralExpression(node) ||
    ts.isPrefixUnaryExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isFunctionExpression(node) ||
    /^(true|false|null|undefined)$/.test(node.getText())
  );
}

function isInertStatement(node: ts.Statement): boolean {
  if (ts.isFunctionDeclaration(node)) return node.name !== undefined && node.body !== undefined;
  if (!ts.isVariableStatement(node)) return false;
  return node.declarationList.declarations.every((d) => ts.isIdentifier(d.name) && isInert(d.initializer));
}

/** Declarations of a module that only declare, in another order and before the rest. */
export const declarationsShuffled: Mutation = (files, pick) =>
  files.map((file) => {
    const source = parse(file);
    const inert = source.statements.filter(isInertStatement);
    const others = source.statements.filter((s) => !inert.includes(s) && !ts.isImportDeclaration(s));
    if (inert.length < 2 || isOneLine(source)) return file;
    const imports = source.statements.filter((s) => ts.isImportDeclaration(s) || isPrologue(s));
    return together(file, [...imports, ...shuffled(inert, pick), ...others.filter((s) => !imports.includes(s))]);
  });

const isPrologue = (s: ts.Statement) => ts.isExpressionStatement(s) && ts.isStringLiteral(s.expression);

/** Statements that share a line share its label. */
function isOneLine(source: ts.SourceFile): boolean {
  return source.statements.some((s, i) => {
    const next = source.statements[i + 1];
    return next && !source.text.slice(s.end, next.getStart()).includes('\n');
  });
}

function together(file: SourceText, statements: readonly ts.Statement[]): SourceText {
  const text = statements.map((s) => {
    const { at, end } = wholeLines(s);
    return file.text.slice(at, end);
  });
  return { ...file, text: `${text.join('\n')}\n` };
}

/** Imports in another order. */
export const importsShuffled: Mutation = (files, pick) =>
  files.map((file) => {
    const source = parse(file);
    const isImport = (s: ts.Statement) =>
      ts.isImportDeclaration(s) || /^const [^=]+= require\('[^']+'\);?$/.test(s.getText());
    const own = source.statements.filter(isImport);
    // What is imported for what it does keeps its place.
    if (own.length < 2 || isOneLine(source) || own.some((s) => ts.isImportDeclaration(s) && !s.importClause))
      return file;
    return together(file, [...shuffled(own, pick), ...source.statements.filter((s) => !own.includes(s))]);
  });

/** Methods and plain fields of classes in another order. */
export const membersShuffled: Mutation = (files, pick) =>
  files.map((file) => {
    const edits: Edit[] = [];
    each(parse(file), (node) => {
      if (!ts.isClassLike(node) || node.members.length < 2) return;
      const isFree = (m: ts.ClassElement) =>
        ts.isMethodDeclaration(m) ||
        ts.isConstructorDeclaration(m) ||
        (ts.isPropertyDeclaration(m) && isInert(m.initializer));
      // Overloads belong together.
      if (!node.members.every(isFree) || node.members.some((m) => ts.isMethodDeclaration(m) && !m.body)) return;
      const text = shuffled([...node.members], pick).map((m) => {
        const { at, end } = wholeLines(m);
        return file.text
          .slice(at, end)
          .replace(/;?$/, (semicolon) => (m.getText().endsWith('}') ? semicolon : semicolon));
      });
      const first = wholeLines(node.members[0]!).at;
      const last = wholeLines(node.members.at(-1)!).end;
      edits.push({ at: first, remove: last - first, put: `${text.join('\n')}\n` });
    });
    return edited(file, edits);
  });

/** Comments and empty lines before statements. */
export const commented: Mutation = (files, pick) =>
  files.map((file) => {
    const edits: Edit[] = [];
    each(parse(file), (node) => {
      if (!ts.isStatement(node) || ts.isBlock(node) || (!ts.isBlock(node.parent) && !ts.isSourceFile(node.parent)))
        return;
      // In the middle of a line it would tear the label off.
      const isFirst = /(^|\n)[ \t]*$/.test(file.text.slice(0, node.getStart()));
      if (!isFirst || !pick()) return;
      edits.push({
        at: node.getStart(),
        remove: 0,
        put: '\n// cache = new Map(); sessions.set(1, 2)\n/* let rate = 0 */ ',
      });
    });
    return edited(file, edits);
  });
