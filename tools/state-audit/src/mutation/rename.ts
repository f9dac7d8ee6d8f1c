import ts from 'typescript';
import type { SourceText } from '../engine/program.ts';
import { checked, each, type Edit, edited, type Mutation, references } from './edits.ts';

/** Names that say the wrong thing. */
const NAMES = [
  ...['logger', 'ready', 'app', 'counter', 'started', 'log', 'cache', 'router', 'interval', 'debug', 'initialized'],
  ...['handler', 'server', 'tmp', 'config', 'sessions', 'callback', 'db', 'secret', 'table', 'tracer', 'lock'],
  ...['orderService', 'req', 'ticketStore', 'fastify', 'poolManager', 'res', 'request', 'priceCache', 'workQueue'],
];

/** New names for whatever has a name of its own in a file and does not give it to other files. */
export const renamedMisleadingly: Mutation = (files, pick) =>
  files.map((file) => {
    if (readsNames(file)) return file;
    const { source, checker } = checked(file);
    const taken = new Set(file.text.match(/[A-Za-z_$][\w$]*/g));
    const edits: Edit[] = [];
    let next = 0;
    const fresh = () => {
      for (;;) {
        const word = NAMES[next % NAMES.length]!;
        const round = Math.floor(next++ / NAMES.length);
        const name = round === 0 ? word : `${word}${round}`;
        if (!taken.has(name) && taken.add(name)) return name;
      }
    };
    for (const [symbol, places] of references(source, checker)) {
      if (!isOwn(symbol, source) || !pick()) continue;
      const name = fresh();
      for (const place of places)
        edits.push({ at: place.getStart(), remove: place.text.length, put: put(place, name) });
    }
    edits.push(...privateNames(source, fresh, pick));
    return edited(file, edits);
  });

/** `eval('config = ' + data)`: what is evaluated may say any name. */
export const readsNames = (file: SourceText): boolean => /\beval\s*\(|\bwith\s*\(/.test(file.text);

function isOwn(symbol: ts.Symbol, source: ts.SourceFile): boolean {
  const declarations = symbol.declarations ?? [];
  // What compilers put in is called the same in every program.
  if (declarations.length === 0 || /^(exports|module|require|default|this|arguments|__\w+)$/.test(symbol.name))
    return false;
  return declarations.every((declaration) => {
    if (declaration.getSourceFile() !== source) return false;
    if (ts.isImportEqualsDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)) return false;
    if (ts.isParameter(declaration)) {
      // `constructor(private name: X)` is a field as well; `this` is no name.
      if (ts.getCombinedModifierFlags(declaration) || declaration.name.getText() === 'this') return false;
      return ts.isIdentifier(declaration.name) && isFunctionWithBody(declaration.parent);
    }
    const isKnown =
      ts.isVariableDeclaration(declaration) ||
      ts.isBindingElement(declaration) ||
      ts.isFunctionDeclaration(declaration) ||
      ts.isFunctionExpression(declaration) ||
      ts.isClassDeclaration(declaration) ||
      ts.isImportClause(declaration) ||
      ts.isImportSpecifier(declaration) ||
      ts.isNamespaceImport(declaration);
    return isKnown && !isExported(declaration);
  });
}

const isFunctionWithBody = (node: ts.Node) => (node as { body?: ts.Node }).body !== undefined;

function isExported(declaration: ts.Declaration): boolean {
  return (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) !== 0;
}

/** What stands at a place that gets a new name: where the old one also names a property, both. */
export function put(place: ts.Identifier, name: string): string {
  const up = place.parent;
  if (ts.isShorthandPropertyAssignment(up)) return `${place.text}: ${name}`;
  if (ts.isBindingElement(up) && up.name === place && !up.propertyName && !up.dotDotDotToken)
    return ts.isObjectBindingPattern(up.parent) ? `${place.text}: ${name}` : name;
  if (ts.isImportSpecifier(up) && !up.propertyName) return `${place.text} as ${name}`;
  if (ts.isExportSpecifier(up)) return up.propertyName ? name : `${name} as ${place.text}`;
  return name;
}

/** `#count` and `private count`: nobody outside the class can say them. */
function privateNames(source: ts.SourceFile, fresh: () => string, pick: () => boolean): Edit[] {
  const edits: Edit[] = [];
  each(source, (node) => {
    if (!ts.isClassLike(node)) return;
    for (const part of node.members) {
      const isPrivate =
        part.name &&
        (ts.isPrivateIdentifier(part.name) ||
          (ts.canHaveModifiers(part) && ts.getModifiers(part)?.some((m) => m.kind === ts.SyntaxKind.PrivateKeyword)));
      if (!isPrivate || !part.name || !pick()) continue;
      const old = part.name.getText();
      const name = `${old.startsWith('#') ? '#' : ''}${fresh()}`;
      edits.push({ at: part.name.getStart(), remove: old.length, put: name });
      each(node, (place) => {
        if (!ts.isPropertyAccessExpression(place) || place.name.text !== part.name!.getText()) return;
        const of = place.expression;
        const isOwn = of.kind === ts.SyntaxKind.ThisKeyword || of.getText() === node.name?.text || old.startsWith('#');
        if (isOwn) edits.push({ at: place.name.getStart(), remove: old.length, put: name });
      });
    }
  });
  return edits;
}
