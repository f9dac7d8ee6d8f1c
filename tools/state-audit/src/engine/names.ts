import ts from 'typescript';
import type { Fn, Sym, Unit } from './model.ts';
import { lookup } from './parse.ts';
import { propertyName } from './syntax.ts';

/**
 * The names that judgements may read. What a file calls its own variables, functions, parameters and private fields can be
 * changed without anybody noticing, so it proves nothing; what others have to say to use it is a promise.
 */
export interface Names {
  /** The name under which other files know a variable, function or class; '' when they do not. */
  ofSym(sym: Sym): string;
  /** The name others call a function by: exported, a method, a property; '' for what is a file's own. */
  ofFn(fn: Fn): string;
  /** The text of a node in which a file's own names are replaced: an import by what is imported, others by `_`. */
  text(unit: Unit, node: ts.Node): string;
}

export function createNames(): Names {
  // atlas-local-ok: answers about one program, forgotten with it
  const exported = new Map<Unit, Map<Sym, string>>();
  const texts = new Map<ts.Node, string>();

  function ofSym(sym: Sym): string {
    let known = exported.get(sym.unit);
    if (known === undefined) exported.set(sym.unit, (known = exportsOf(sym.unit)));
    return known.get(sym) ?? '';
  }

  function ofFn(fn: Fn): string {
    const { node, unit } = fn;
    if (ts.isConstructorDeclaration(node) || ts.isClassLike(node) || ts.isSourceFile(node)) return fn.name;
    if (ts.isMethodDeclaration(node) || ts.isAccessor(node))
      return ts.isPrivateIdentifier(node.name) || isPrivate(node) ? '' : propertyName(node.name);
    if (ts.isFunctionDeclaration(node)) {
      const sym = node.name && lookup(unit, node, node.name.text);
      return sym ? ofSym(sym) : fn.name;
    }
    const up = node.parent;
    if (ts.isVariableDeclaration(up) && ts.isIdentifier(up.name)) {
      const sym = lookup(unit, up.name, up.name.text);
      return sym ? ofSym(sym) : '';
    }
    if (ts.isPropertyDeclaration(up))
      return ts.isPrivateIdentifier(up.name) || isPrivate(up) ? '' : propertyName(up.name);
    if (ts.isPropertyAssignment(up)) return propertyName(up.name);
    if (ts.isBinaryExpression(up) && ts.isPropertyAccessExpression(up.left)) return up.left.name.text;
    return '';
  }

  function text(unit: Unit, node: ts.Node): string {
    const known = texts.get(node);
    if (known !== undefined) return known;
    const start = node.getStart();
    const parts: string[] = [];
    const whole = node.getText();
    let from = 0;
    const visit = (at: ts.Node): void => {
      const put = ts.isIdentifier(at) ? meaning(unit, at) : ts.isPrivateIdentifier(at) ? '#_' : undefined;
      if (put !== undefined) {
        parts.push(whole.slice(from, at.getStart() - start), put);
        from = at.end - start;
      }
      ts.forEachChild(at, visit);
    };
    visit(node);
    const found = parts.join('') + whole.slice(from);
    texts.set(node, found);
    return found;
  }

  function meaning(unit: Unit, node: ts.Identifier): string | undefined {
    const up = node.parent;
    const isName =
      (ts.isPropertyAccessExpression(up) && up.name === node) ||
      (ts.isPropertyAssignment(up) && up.name === node) ||
      (ts.isMethodDeclaration(up) && up.name === node) ||
      (ts.isBindingElement(up) && up.propertyName === node);
    if (isName) {
      const isOwn =
        ts.isPropertyAccessExpression(up) &&
        up.expression.kind === ts.SyntaxKind.ThisKeyword &&
        isPrivateField(unit, up);
      return isOwn ? '_' : undefined;
    }
    // `{ token }` names a property as well.
    if (
      ts.isShorthandPropertyAssignment(up) ||
      (ts.isBindingElement(up) && !up.propertyName && ts.isObjectBindingPattern(up.parent))
    )
      return undefined;
    const sym = lookup(unit, node, node.text);
    if (sym === undefined) return undefined;
    if (sym.imported) {
      const { name, specifier } = sym.imported;
      return /^(default|\*|=)$/.test(name)
        ? specifier
            .replace(/^node:/, '')
            .replace(/^.*\//, '')
            .replace(/\W/g, '_')
        : name;
    }
    // What is taken out of an object keeps the object's name for it.
    const [stored] = sym.values;
    const step = stored?.path.at(-1);
    if (sym.values.length === 1 && step && step !== '*') return step;
    return ofSym(sym) || '_';
  }

  return { ofSym, ofFn, text };
}

const isPrivate = (node: ts.Node) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.PrivateKeyword) ?? false);

/** Whether a declaration is of a field that nobody outside its class can say. */
export function isPrivateDeclaration(node: ts.Node): boolean {
  const { name } = node as { name?: ts.Node };
  return (name !== undefined && ts.isPrivateIdentifier(name)) || isPrivate(node);
}

function isPrivateField(unit: Unit, node: ts.PropertyAccessExpression): boolean {
  for (let at: ts.Node = node; at.parent; at = at.parent) {
    if (!ts.isClassLike(at)) continue;
    const declared = unit.classOf.get(at)?.fields.get(node.name.text);
    return declared !== undefined && isPrivateDeclaration(declared);
  }
  return false;
}

function exportsOf(unit: Unit): Map<Sym, string> {
  const found = new Map<Sym, string>();
  for (const [name, { sym, expr }] of unit.exports) {
    if (sym && !/^(default|=)$/.test(name)) found.set(sym, name);
    else if (sym && sym.values.length <= 1) members(sym.values[0]?.expr);
    if (expr) members(expr);
  }
  return found;

  /** `module.exports = { init, close: end }` */
  function members(expr: ts.Expression | undefined): void {
    if (!expr || !ts.isObjectLiteralExpression(expr)) return;
    for (const p of expr.properties) {
      const value = ts.isShorthandPropertyAssignment(p)
        ? p.name
        : ts.isPropertyAssignment(p)
          ? p.initializer
          : undefined;
      const sym = value && ts.isIdentifier(value) ? lookup(unit, value, value.text) : undefined;
      if (sym) found.set(sym, propertyName(p.name));
    }
  }
}
