import ts from 'typescript';
import type { SourceText } from '../engine/program.ts';
import { createResolver } from '../engine/resolve.ts';
import { each, type Edit, edited, type Files, type Mutation, parse } from './edits.ts';
import { put, readsNames } from './rename.ts';

/**
 * New names also for what files of a server give each other: exported variables, functions and classes, and the methods and
 * fields of classes. All files at once, as the compiler sees them; a name that it does not find everywhere keeps what it has.
 */
export const renamedEverywhere: Mutation = renamedBut(() => false);

/** The same, apart from names that somebody says have a meaning. */
export function renamedBut(hasMeaning: (name: string) => boolean): Mutation {
  return (files, pick) => renamed(files, pick, hasMeaning);
}

function renamed(files: Files, pick: () => boolean, hasMeaning: (name: string) => boolean): Files {
  const { sources, checker } = program(files);
  const places = new Map<ts.Declaration, ts.Identifier[]>();
  /** Property names that something not of these files has, or that nobody knows whose they are. */
  const foreign = new Set<string>();
  const kept = new Set(sources.filter((source) => readsNames({ path: source.fileName, text: source.text })));
  for (const source of sources)
    each(source, (node) => {
      // `x['create']`, `__decorate([…], Orders.prototype, "create")`
      if (ts.isStringLiteralLike(node)) foreign.add(node.text);
      // The compiler takes this one for the variable of the whole function.
      if (isRequiredInBlock(node)) foreign.add(node.name.getText());
      if (!ts.isIdentifier(node)) return;
      const symbol = meant(node, checker);
      // What a class makes has symbols of its own for the same declaration.
      const [declaration] = symbol?.declarations ?? [];
      if (symbol?.name === node.text && declaration && isOurs(symbol, sources) && !kept.has(source))
        places.set(declaration, [...(places.get(declaration) ?? []), node]);
      else foreign.add(node.text);
    });
  const taken = new Set(files.flatMap((file) => file.text.match(/[A-Za-z_$][\w$]*/g) ?? []));
  const edits = new Map<ts.SourceFile, Edit[]>(sources.map((source) => [source, []]));
  let next = 0;
  const fresh = () => {
    let name: string;
    do name = `q${(next += 1)}`;
    while (taken.has(name));
    return name;
  };
  // A method of several classes is called by one name, whichever of them it is of.
  const members = new Map<string, string | undefined>();
  for (const [declaration, nodes] of places) {
    const old = nodes[0]!.text;
    if (foreign.has(old) || hasMeaning(old)) continue;
    if (isMember(declaration) && !members.has(old)) members.set(old, pick() ? fresh() : undefined);
    const name = isMember(declaration) ? members.get(old) : pick() ? fresh() : undefined;
    if (name === undefined) continue;
    // `module.exports = { hit }`: the others keep on saying `hit`.
    const isPart = nodes.some((node) => ts.isShorthandPropertyAssignment(node.parent));
    for (const node of nodes) {
      // What is imported under its own name gets the new one there as well.
      const isImport = !isPart && isImporting(node.parent) && node.parent !== declaration;
      const text = isImport ? name : put(node, name);
      edits.get(node.getSourceFile())!.push({ at: node.getStart(), remove: node.text.length, put: text });
    }
  }
  return files.map((file, i) => edited(file, edits.get(sources[i]!)!));
}

/** `if (config.all) { const sync = require('./all'); … }` */
const isRequiredInBlock = (node: ts.Node): node is ts.VariableDeclaration =>
  ts.isVariableDeclaration(node) &&
  /^require\(/.test(node.initializer?.getText() ?? '') &&
  !ts.isSourceFile(node.parent.parent.parent);

const isImporting = (node: ts.Node) =>
  ts.isBindingElement(node) || ts.isImportSpecifier(node) || ts.isExportSpecifier(node);

function program(files: readonly SourceText[]): { sources: ts.SourceFile[]; checker: ts.TypeChecker } {
  const sources = new Map(files.map((file) => [file.path, parse(file)]));
  const resolve = createResolver(new Set(sources.keys()), { aliases: [], packages: new Map() });
  const host: ts.CompilerHost = {
    getSourceFile: (name) => sources.get(name),
    getDefaultLibFileName: () => 'lib.d.ts',
    ...{ writeFile: () => undefined, getCurrentDirectory: () => '', getCanonicalFileName: (name) => name },
    ...{ useCaseSensitiveFileNames: () => true, getNewLine: () => '\n' },
    ...{ fileExists: (name) => sources.has(name), readFile: () => undefined },
    resolveModuleNameLiterals: (literals, from) =>
      literals.map(({ text }) => {
        const path = resolve(from, text);
        const extension = path && (/\.[cm]?[jt]sx?$/.exec(path)![0] as ts.Extension);
        return {
          resolvedModule: path && { resolvedFileName: path, extension: extension! },
        } as ts.ResolvedModuleWithFailedLookupLocations;
      }),
  };
  const options = {
    allowJs: true,
    noLib: true,
    types: [],
    target: ts.ScriptTarget.Latest,
    module: ts.ModuleKind.CommonJS,
  };
  const made = ts.createProgram([...sources.keys()], options, host);
  return { sources: [...sources.values()], checker: made.getTypeChecker() };
}

/** What a name means, through imports to what is exported. */
function meant(node: ts.Identifier, checker: ts.TypeChecker): ts.Symbol | undefined {
  const up = node.parent;
  let symbol = ts.isShorthandPropertyAssignment(up)
    ? checker.getShorthandAssignmentValueSymbol(up)
    : ts.isExportSpecifier(up)
      ? checker.getExportSpecifierLocalTargetSymbol(up)
      : checker.getSymbolAtLocation(node);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) {
    const target = checker.getAliasedSymbol(symbol);
    // An import under another name has a name of its own.
    if (target.declarations?.length && target.name === symbol.name) symbol = target;
  }
  return symbol && checker.getExportSymbolOfSymbol(symbol);
}

function isOurs(symbol: ts.Symbol, sources: readonly ts.SourceFile[]): boolean {
  const declarations = symbol.declarations ?? [];
  if (/^(default|exports|module|constructor|prototype|this|arguments|require|__\w+|export=)$/.test(symbol.name))
    return false;
  return declarations.length > 0 && declarations.every((d) => sources.includes(d.getSourceFile()) && isNamed(d));
}

/** What is declared, and no property of an object that anybody could read. */
function isNamed(d: ts.Declaration): boolean {
  if (ts.isParameter(d)) return ts.isIdentifier(d.name) && (d.parent as { body?: ts.Node }).body !== undefined;
  if (ts.isBindingElement(d)) return true;
  if (ts.isMethodDeclaration(d) || ts.isPropertyDeclaration(d)) return ts.isClassLike(d.parent) && !hasDecorator(d);
  // `this.rooms = {}`, `exports.hit = …`, `Blacklist.load = …`
  if (ts.isPropertyAccessExpression(d)) return true;
  return (
    ts.isVariableDeclaration(d) ||
    ts.isFunctionDeclaration(d) ||
    ts.isFunctionExpression(d) ||
    ts.isClassDeclaration(d) ||
    ts.isImportClause(d) ||
    ts.isImportSpecifier(d) ||
    ts.isNamespaceImport(d)
  );
}

const isMember = (d: ts.Declaration) =>
  ts.isMethodDeclaration(d) || ts.isPropertyDeclaration(d) || ts.isPropertyAccessExpression(d);

const hasDecorator = (d: ts.Declaration) => ts.canHaveDecorators(d) && (ts.getDecorators(d)?.length ?? 0) > 0;
