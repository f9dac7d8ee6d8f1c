import ts from 'typescript';
import type { Holder } from '../engine/holders.ts';
import type { Fn, Unit, Write } from '../engine/model.ts';
import { enclosingFn, lookup, thisOwner } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { member, walk } from '../engine/syntax.ts';

/** A place that names a holder, to read or to write it. */
export interface Use {
  readonly unit: Unit;
  readonly fn: Fn;
  readonly node: ts.Expression;
}

interface Index {
  readonly names: Map<string, ts.Identifier[]>;
  readonly members: Map<string, ts.Expression[]>;
}

/** More places than this under one property name are too many to ask what each of them is. */
const TOO_COMMON = 200;

/** Finds the places that name a holder: in its own file, in those that import that file, and where it is written. */
export function createUses(program: Program): (holder: Holder, writes: readonly Write[]) => readonly Use[] {
  // atlas-local-ok: answers about one program, forgotten with it
  const indexes = new Map<Unit, Index>();
  let importers: Map<Unit, Unit[]> | undefined;

  return (holder, writes) => {
    const importing = (importers ??= importersOf(program)).get(holder.unit) ?? [];
    const units = new Set([holder.unit, ...importing, ...writes.map((w) => w.fn.unit)]);
    return [...units].flatMap((unit) =>
      nodesIn(unit, holder)
        .filter((node) => !isDeclared(node))
        .map((node) => ({ unit, node, fn: enclosingFn(unit, node) })),
    );
  };

  function nodesIn(unit: Unit, holder: Holder): ts.Expression[] {
    const { names, members } = indexOf(unit);
    const { sym, cls, field } = holder;
    const isIt = (node: ts.Expression) => program.holders.ofExpression(unit, node).some((h) => h.key === holder.key);
    const called = (name: string) => {
      const found = members.get(name) ?? [];
      return found.length > TOO_COMMON ? [] : found;
    };
    if (sym && unit === sym.unit) return (names.get(sym.name) ?? []).filter((n) => lookup(unit, n, n.text) === sym);
    if (sym) {
      const known = program.names.ofSym(sym);
      const imported = [...names.values()].flatMap((all) => {
        const [first] = all;
        const local = first && lookup(unit, first, first.text);
        const isFrom = local?.imported && program.values.resolve(unit, local.imported.specifier) === sym.unit;
        return first && isFrom && isIt(first) ? all.filter((n) => lookup(unit, n, n.text) === local) : [];
      });
      return known === '' ? imported : [...imported, ...called(known).filter(isIt)];
    }
    if (field !== undefined && cls) {
      const isOwn = (node: ts.Expression) =>
        member(node)?.object.kind === ts.SyntaxKind.ThisKeyword && thisOwner(unit, node)?.cls === cls;
      return called(field).filter((node) => isOwn(node) || isIt(node));
    }
    return called(holder.name.replace(/^.*\./, '')).filter(isIt);
  }

  function indexOf(unit: Unit): Index {
    let found = indexes.get(unit);
    if (found === undefined) indexes.set(unit, (found = read(unit)));
    return found;
  }
}

function read(unit: Unit): Index {
  const names = new Map<string, ts.Identifier[]>();
  const members = new Map<string, ts.Expression[]>();
  walk(unit.source, (node) => {
    if (ts.isTypeNode(node)) return false;
    if (ts.isIdentifier(node) && !isPropertyName(node)) add(names, node.text, node);
    else if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      const { name } = member(node)!;
      if (name !== '*') add(members, name, node);
    }
    return true;
  });
  return { names, members };
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

const isPropertyName = (node: ts.Identifier) =>
  (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
  (ts.isPropertyAssignment(node.parent) && node.parent.name === node) ||
  (ts.isBindingElement(node.parent) && node.parent.propertyName === node);

const isDeclared = (node: ts.Node) =>
  (ts.isVariableDeclaration(node.parent) && node.parent.name === node) ||
  ts.isExportSpecifier(node.parent) ||
  ts.isImportSpecifier(node.parent) ||
  ts.isImportClause(node.parent) ||
  ts.isParameter(node.parent);

function importersOf(program: Program): Map<Unit, Unit[]> {
  const found = new Map<Unit, Unit[]>();
  for (const unit of program.units) {
    const targets = new Set([...unit.imports].map((specifier) => program.values.resolve(unit, specifier)));
    for (const target of targets) {
      if (target === undefined || target === unit) continue;
      const list = found.get(target);
      if (list) list.push(unit);
      else found.set(target, [unit]);
    }
  }
  return found;
}
