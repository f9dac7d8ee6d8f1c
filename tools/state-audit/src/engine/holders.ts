import ts from 'typescript';
import type { Cls, Sym, Unit, Write } from './model.ts';
import { lookup, moduleExports } from './parse.ts';
import { bare, member } from './syntax.ts';
import type { Value, Values } from './values.ts';

export type HolderKind = 'variable' | 'closure' | 'field' | 'static' | 'global' | 'environment' | 'locals' | 'foreign';

/** The place that keeps a value between two calls. */
export interface Holder {
  readonly key: string;
  readonly kind: HolderKind;
  readonly name: string;
  readonly unit: Unit;
  readonly decl: ts.Node;
  readonly sym?: Sym;
  readonly cls?: Cls;
  readonly field?: string;
}

/** Finds what a write changes. */
export function createHolders(units: readonly Unit[], values: Values) {
  const unitsBySource = new Map(units.map((unit) => [unit.source, unit]));
  const ids = new Map<object, number>();
  const id = (thing: object) => ids.get(thing) ?? (ids.set(thing, ids.size), ids.size - 1);

  let known: ReadonlySet<string> | undefined;
  /** Questions for a home that are being answered. */
  const asked = new Set<ts.Node>();

  return { ofWrite, ofExpression, ofSymbol, home, parent };

  /** Names that the project itself hangs on the global object: `global.SHOP = { … }`. */
  function globals(): ReadonlySet<string> {
    const onGlobal = (target: ts.Expression) => {
      const at = member(bare(target));
      return at && /^(globalThis|global)$/.test(bare(at.object).getText()) ? [at.name] : [];
    };
    return (known ??= new Set(
      units.flatMap((u) => u.functions.flatMap((f) => f.writes.flatMap((w) => onGlobal(w.target)))),
    ));
  }

  /** The holders that a write changes; none when it changes something local or unknown. */
  function ofWrite(write: Write): Holder[] {
    const { target, fn, op } = write;
    const [, name] = write.how === 'set' && write.key ? (/^['"`](.*)['"`]$/.exec(write.key.getText()) ?? []) : [];
    if (name !== undefined && values.isApplication(fn.unit, target)) return [hung(fn.unit, name, write.node)];
    if (op === 'call' || op === 'define') return containers(fn.unit, target);
    if (ts.isIdentifier(target)) {
      const sym = lookup(fn.unit, target, target.text);
      if (sym) return [ofSymbol(sym)];
      return op === 'assign' && write.how === '=' ? [global(fn.unit, target.text, target)] : [];
    }
    const at = member(target);
    if (!at) return [];
    return ofMember(fn.unit, at, target);
  }

  /** `x` of `x.push()`: where the thing that changes is kept. */
  function containers(unit: Unit, expr: ts.Expression): Holder[] {
    const target = bare(expr);
    const found: Holder[] = [];
    for (const value of values.of(unit, target)) {
      const holder = ofValue(value);
      if (holder) found.push(holder);
    }
    if (found.length > 0) return unique(found);
    return throughLocal(unit, target) ?? ofExpression(unit, target);
  }

  /** `const rooms = global.rooms; rooms[id] = …` changes what hangs on the global object. */
  function throughLocal(unit: Unit, expr: ts.Expression, depth = 0): Holder[] | undefined {
    const target = bare(expr);
    const sym = ts.isIdentifier(target) ? lookup(unit, target, target.text) : undefined;
    const [stored] = sym?.values ?? [];
    if (!sym || sym.kind !== 'var' || sym.owner === unit.module || sym.values.length !== 1 || !stored) return undefined;
    if (stored.path.length > 0 || depth > 3) return undefined;
    const found = member(bare(stored.expr))
      ? ofExpression(unit, stored.expr)
      : throughLocal(unit, stored.expr, depth + 1);
    const outside = (found ?? []).filter((h) => /^(global|locals|variable|static)$/.test(h.kind));
    return outside.length > 0 ? outside : undefined;
  }

  /** The name or field that an expression reads, without asking what it holds. */
  function ofExpression(unit: Unit, expr: ts.Expression): Holder[] {
    const target = bare(expr);
    if (ts.isIdentifier(target)) {
      const sym = lookup(unit, target, target.text);
      if (sym?.imported) return imported(sym);
      return sym ? [ofSymbol(sym)] : [];
    }
    const at = member(target);
    return at ? ofMember(unit, at, target) : [];
  }

  function imported(sym: Sym): Holder[] {
    const { specifier, name } = sym.imported!;
    const from = values.resolve(sym.unit, specifier);
    if (!from) {
      if (specifier.startsWith('.')) return [];
      return [{ key: `foreign:${specifier}`, kind: 'foreign', name: specifier, unit: sym.unit, decl: sym.decl }];
    }
    const found = values.exportTarget(from, name) ?? (name === 'default' ? values.exportTarget(from, '=') : undefined);
    return found?.target.sym ? [ofSymbol(found.target.sym)] : [];
  }

  function ofMember(unit: Unit, at: { object: ts.Expression; name: string }, node: ts.Expression): Holder[] {
    const object = bare(at.object);
    const text = object.getText().replace(/\?/g, '');
    if (text === 'process.env') return [environment(unit, at.name, node)];
    if (/^(globalThis|global)$/.test(text) && !lookup(unit, object, text)) return [global(unit, at.name, node)];
    if (text === 'process' && !lookup(unit, object, text))
      return at.name === 'env' ? [environment(unit, '*', node)] : [global(unit, `process.${at.name}`, node)];
    if (/(^|\.)app\.locals$/.test(text) || (/\.locals$/.test(text) && ownLocals(unit, object))) {
      return [{ key: `locals:${at.name}`, kind: 'locals', name: `app.locals.${at.name}`, unit, decl: node }];
    }
    const context = member(object);
    if (context?.name === 'context' && values.isApplication(unit, context.object)) return [hung(unit, at.name, node)];
    if (object.kind === ts.SyntaxKind.ThisKeyword) {
      const owner = values.ownerOfThis(unit, node);
      return owner ? [field(owner.cls, at.name, owner.isStatic)] : [];
    }
    if (moduleExports(unit, object) || (text === 'exports' && !lookup(unit, object, 'exports')))
      return exported(unit, at.name, node);
    const found: Holder[] = [];
    for (const value of values.of(unit, object)) {
      if (value.t === 'global' && value.path === 'process.env') return [environment(unit, at.name, node)];
      if (value.t === 'inst') {
        const own = value.cls.kind !== 'object' || value.cls.fields.has(at.name);
        const holder = own && at.name !== '*' ? field(value.cls, at.name, false) : ofValue(value);
        if (holder) found.push(holder);
      } else if (value.t === 'cls') found.push(field(value.cls, at.name, true));
      else if (value.t === 'module') found.push(...exported(value.unit, at.name, node));
      else if (value.t === 'fn') {
        const name = value.fn.name;
        const decl = value.fn.node;
        found.push({
          key: `fn:${id(value.fn)}.${at.name}`,
          kind: 'static',
          name: `${name}.${at.name}`,
          unit: value.fn.unit,
          decl,
        });
      } else if (value.t === 'ext' && value.how === 'ref' && !value.module.startsWith('global:')) {
        // What a call gave belongs to who called.
        if (!value.path.includes('()') && isImportedName(unit, object)) {
          const name = `${value.module}${value.path ? `.${value.path}` : ''}.${at.name}`;
          found.push({ key: `foreign:${name}`, kind: 'foreign', name, unit, decl: node });
        }
      } else if (value.t === 'global' && globals().has(value.path.split('.')[0]!)) {
        const path = [...value.path.split('.'), ...(at.name === '*' ? [] : [at.name])];
        found.push(global(unit, path.slice(0, 2).join('.'), node));
      } else {
        const holder = ofValue(value);
        if (holder) found.push(holder);
      }
    }
    return found.length > 0 ? unique(found) : (throughLocal(unit, object) ?? ofExpression(unit, object));
  }

  /** What hangs on an application under a name. */
  function hung(unit: Unit, name: string, node: ts.Node): Holder {
    return { key: `hung:${name}`, kind: 'locals', name, unit, decl: node };
  }

  function environment(unit: Unit, name: string, node: ts.Node): Holder {
    return {
      key: `environment:${unit.path}:${name}`,
      kind: 'environment',
      name: name === '*' ? 'process.env' : `process.env.${name}`,
      unit,
      decl: node,
    };
  }

  /** `locals` of an Express app, not of a response. */
  function ownLocals(unit: Unit, node: ts.Expression): boolean {
    const at = member(node);
    return (
      at !== undefined &&
      values.of(unit, at.object).some((v) => v.t === 'ext' && v.module === 'express' && v.how === 'call')
    );
  }

  function isImportedName(unit: Unit, node: ts.Expression): boolean {
    let at = bare(node);
    for (let next = member(at); next; next = member(at)) at = bare(next.object);
    if (!ts.isIdentifier(at)) return false;
    const sym = lookup(unit, at, at.text);
    return (
      sym !== undefined &&
      (sym.imported !== undefined || (sym.constant && sym.owner === sym.unit.module) || sym.owner === sym.unit.module)
    );
  }

  function exported(unit: Unit, name: string, node: ts.Node): Holder[] {
    const target = unit.exports.get(name);
    if (target?.sym) return [ofSymbol(target.sym)];
    const whole = unit.exports.get('=');
    if (whole && !target) {
      const kept = whole.sym ? values.ofSym(whole.sym) : whole.expr ? values.of(unit, whole.expr) : [];
      for (const value of kept) {
        if (value.t === 'inst') return [field(value.cls, name, false)];
        if (value.t === 'cls') return [field(value.cls, name, true)];
      }
    }
    return [
      {
        key: `export:${id(unit)}:${name}`,
        kind: 'variable',
        name: `exports.${name}`,
        unit,
        decl: target?.expr ?? node,
      },
    ];
  }

  function global(unit: Unit, name: string, node: ts.Node): Holder {
    return {
      key: `global:${name}`,
      kind: 'global',
      name: name.startsWith('process.') ? name : `globalThis.${name}`,
      unit,
      decl: node,
    };
  }

  function field(cls: Cls, name: string, isStatic: boolean): Holder {
    const from = owning(cls, name, isStatic);
    const decl = (isStatic ? from.statics : from.fields).get(name) ?? from.node;
    return {
      key: `${isStatic ? 'static' : 'field'}:${id(from)}.${name}`,
      kind: isStatic ? 'static' : 'field',
      ...{ name: `${from.name}.${name}`, unit: from.unit, decl, cls: from, field: name },
    };
  }

  /** The class of the chain of parents that declares a field. */
  function owning(cls: Cls, name: string, isStatic: boolean): Cls {
    for (let at: Cls | undefined = cls, i = 0; at && i < 6; at = parent(at), i++) {
      if ((isStatic ? at.statics : at.fields).has(name)) return at;
    }
    return cls;
  }

  function parent(cls: Cls): Cls | undefined {
    const value = cls.parentExpr && values.of(cls.unit, cls.parentExpr).find((v) => v.t === 'cls');
    return value?.t === 'cls' && value.cls !== cls ? value.cls : undefined;
  }

  function ofSymbol(sym: Sym): Holder {
    const kind = sym.owner === sym.unit.module ? 'variable' : 'closure';
    return { key: `sym:${id(sym)}`, kind, name: sym.name, unit: sym.unit, decl: sym.decl, sym };
  }

  function ofValue(value: Value): Holder | undefined {
    if (value.t === 'content') return ofValue(value.of);
    if (value.t === 'box' || (value.t === 'inst' && value.node !== value.cls.node))
      return home(unitOf(value.node), value.node);
    if (value.t === 'inst' && value.cls.kind === 'object') return home(value.cls.unit, value.node);
    return undefined;
  }

  function unitOf(node: ts.Node): Unit {
    return unitsBySource.get(node.getSourceFile())!;
  }

  /** Where the value made at `node` is kept: the variable, field or export that it is stored in there and then. */
  function home(unit: Unit, node: ts.Node): Holder | undefined {
    // `a.x = (a = { … })` asks for itself.
    if (asked.has(node)) return undefined;
    asked.add(node);
    const found = findHome(unit, node);
    asked.delete(node);
    return found;
  }

  function findHome(unit: Unit, node: ts.Node): Holder | undefined {
    for (let at = node; at.parent !== undefined; at = at.parent) {
      const up = at.parent;
      if (ts.isVariableDeclaration(up)) {
        if (!ts.isIdentifier(up.name)) return undefined;
        const sym = lookup(unit, up.name, up.name.text);
        return sym && ofSymbol(sym);
      }
      if (ts.isPropertyAssignment(up)) {
        const cls = unit.classOf.get(up.parent);
        return cls && ts.isIdentifier(up.name) ? field(cls, up.name.text, false) : undefined;
      }
      if (ts.isPropertyDeclaration(up)) {
        const cls = unit.classOf.get(up.parent);
        const isStatic = ts.getModifiers(up)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) ?? false;
        return cls && field(cls, up.name.getText(), isStatic);
      }
      if (ts.isBinaryExpression(up)) {
        const kind = up.operatorToken.kind;
        if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment && up.right === at) {
          const left = bare(up.left);
          if (moduleExports(unit, left))
            return { key: `export:${id(unit)}:=`, kind: 'variable', name: 'module.exports', unit, decl: up };
          return ofExpression(unit, left)[0];
        }
        if (kind !== ts.SyntaxKind.BarBarToken && kind !== ts.SyntaxKind.QuestionQuestionToken) return undefined;
      } else if (ts.isExportAssignment(up))
        return { key: `export:${id(unit)}:default`, kind: 'variable', name: 'default export', unit, decl: up };
      else if (ts.isCallExpression(up)) {
        const on = member(bare(up.expression));
        const [first, second] = up.arguments;
        if (on && /^(set|decorate)$/.test(on.name) && second === at && first && ts.isStringLiteralLike(first))
          return values.isApplication(unit, on.object) ? hung(unit, first.text, up) : undefined;
        if (!/^(Object\.(freeze|seal|assign)|reactive|proxy)$/.test(up.expression.getText())) return undefined;
      } else if (
        !ts.isParenthesizedExpression(up) &&
        !ts.isAsExpression(up) &&
        !ts.isSatisfiesExpression(up) &&
        !ts.isAwaitExpression(up) &&
        !ts.isNonNullExpression(up) &&
        !ts.isConditionalExpression(up) &&
        !ts.isTypeAssertionExpression(up)
      ) {
        return undefined;
      }
    }
    return undefined;
  }
}

function unique(holders: Holder[]): Holder[] {
  return [...new Map(holders.map((h) => [h.key, h])).values()];
}
