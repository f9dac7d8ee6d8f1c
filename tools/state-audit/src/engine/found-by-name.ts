import ts from 'typescript';
import type { Fn, Unit } from './model.ts';
import { enclosingFn, lookup } from './parse.ts';
import { bare, member, requiredModule, walk } from './syntax.ts';
import type { Values } from './values.ts';

/** A place that loads modules whose names are made up while it runs, and what it calls of them. */
export interface Load {
  readonly fn: Fn;
  readonly calls: readonly Fn[];
}

/**
 * Follows `for (const file of readdirSync(folder)) require(join(folder, file)).register(app)` to the files that nobody
 * imports by a name: what such a place calls of a module, it calls of each of them.
 */
export function loadsByName(units: readonly Unit[], values: Values): Load[] {
  const places = units.flatMap((unit) =>
    unit.functions.flatMap((fn) => fn.calls.filter(isLoad).map((call) => ({ fn, call }))),
  );
  if (places.length === 0) return [];
  const imported = new Set<Unit | undefined>();
  for (const unit of units) for (const name of unit.imports) imported.add(values.resolve(unit, name));
  const found = units.filter((unit) => !imported.has(unit));
  return places.map(({ fn, call }) => {
    const names = new Set(calledOf(fn, call));
    const parts = partsOfPath(fn, call.arguments![0]!);
    const meant = found.filter((unit) => parts.size > 0 && isBelow(unit.path, parts));
    return { fn, calls: meant.flatMap((unit) => [...names].flatMap((name) => functionsOf(unit, name))) };
  });

  function functionsOf(unit: Unit, name: string): Fn[] {
    const found = name === '=' ? [...values.ofExport(unit, 'default'), ...whole(unit)] : values.ofExport(unit, name);
    return found.flatMap((v) => (v.t === 'fn' && v.fn.unit === unit ? [v.fn] : []));
  }

  function whole(unit: Unit) {
    const target = unit.exports.get('=');
    return target?.sym ? values.ofSym(target.sym) : target?.expr ? values.of(unit, target.expr) : [];
  }
}

/** Whether a node is `require(path)` or `import(path)`, where the path is no text. */
export function isLoad(call: ts.Node): boolean {
  if (!ts.isCallExpression(call) || requiredModule(call) !== undefined) return false;
  const [path] = call.arguments;
  const isRequire = ts.isIdentifier(call.expression) && call.expression.text === 'require';
  const isImport = call.expression.kind === ts.SyntaxKind.ImportKeyword;
  return (isRequire || isImport) && path !== undefined && !ts.isStringLiteralLike(path);
}

const READS_FOLDER = /(^|\.)(readdir(Sync)?|glob(Sync)?|globby|sync|walk(Sync)?|requireAll)$/;

/** The folders and names of files that a function says where it makes up the path: all but the names of formats. */
function partsOfPath(fn: Fn, path: ts.Expression): Set<string> {
  const found = new Set<string>();
  const seen = new Set<ts.Node>();
  const look = (expr: ts.Node): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    walk(expr, (node) => {
      if (requiredModule(node as ts.Expression) !== undefined) return false;
      if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
        for (const part of node.text.split(/[^\w-]+/)) if (!FORMATS.test(part)) found.add(part);
      const sym = ts.isIdentifier(node) ? lookup(fn.unit, node, node.text) : undefined;
      if (sym?.kind === 'var') for (const { expr: stored } of sym.values) look(stored);
      return true;
    });
  };
  look(path);
  for (const call of fn.calls)
    if (READS_FOLDER.test(call.expression.getText())) for (const one of call.arguments ?? []) look(one);
  return found;
}

const FORMATS = /^(|file|[cm]?[jt]sx?|utf-?8|src|lib|dist|index|server|app)$/;

function isBelow(path: string, parts: ReadonlySet<string>): boolean {
  const own = new Set(path.split(/[/.]/));
  return [...parts].every((part) => own.has(part));
}

/** The names under which what was loaded is called there and then: `=` for itself. */
function calledOf(fn: Fn, call: ts.Node): string[] {
  let at = call;
  while (ts.isAwaitExpression(at.parent) || ts.isParenthesizedExpression(at.parent)) at = at.parent;
  const direct = calledAs(at);
  if (direct) return [direct];
  const up = at.parent;
  if (!ts.isVariableDeclaration(up) || up.initializer !== at) return [];
  if (ts.isObjectBindingPattern(up.name))
    return up.name.elements.flatMap((e) => namesOf(fn, e.name, (e.propertyName ?? e.name).getText()));
  return namesOf(fn, up.name, undefined);
}

/** What the function calls of a variable: `module(app)`, `module.register(app)`. */
function namesOf(fn: Fn, name: ts.BindingName, part: string | undefined): string[] {
  if (!ts.isIdentifier(name)) return [];
  const sym = lookup(fn.unit, name, name.text);
  const found: string[] = [];
  walk(fn.node, (node) => {
    if (!ts.isIdentifier(node) || node === name || node.text !== name.text || lookup(fn.unit, node, node.text) !== sym)
      return;
    const called = calledAs(node);
    if (called && enclosingFn(fn.unit, node) === fn)
      found.push(part === undefined || part === 'default' ? called : called === '=' ? part : '=');
  });
  return found;
}

function calledAs(node: ts.Node): string | undefined {
  const up = node.parent;
  if (ts.isCallExpression(up) && bare(up.expression) === node) return '=';
  const at = ts.isPropertyAccessExpression(up) && up.expression === node ? member(up) : undefined;
  if (!at || !ts.isCallExpression(up.parent) || bare(up.parent.expression) !== up) return undefined;
  return at.name === 'default' ? '=' : at.name;
}
