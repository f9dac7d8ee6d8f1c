import ts from 'typescript';
import { createThis, methodAround, type ThisOwner } from './another-this.ts';
import { isTreatedAsApplication } from './applications.ts';
import type { Cls, ExportTarget, Fn, Hung, Sym, Unit } from './model.ts';
import { asConstructor, functionAt, lookup, moduleExports } from './parse.ts';
import { copiedPackage } from './resolve.ts';
import { awaited, bare, isInterop, member, requiredModule } from './syntax.ts';

export type BoxType =
  'array' | 'map' | 'set' | 'weak' | 'emitter' | 'object' | 'async-local' | 'regexp' | 'promise' | 'date' | 'other';

/** What an expression can be, as far as the text of the project says. */
export type Value =
  | { readonly t: 'fn'; readonly fn: Fn }
  | { readonly t: 'cls'; readonly cls: Cls }
  /** An object with fields of its own: `new C()` or an object literal. */
  | { readonly t: 'inst'; readonly cls: Cls; readonly node: ts.Node }
  | { readonly t: 'box'; readonly type: BoxType; readonly node: ts.Node }
  /** Something kept in an object or container: `map.get(k)`, `list[0]`. */
  | { readonly t: 'content'; readonly of: Value }
  /** Something of a package: `path` is how one gets there, `how` whether it was called or constructed. */
  | {
      readonly t: 'ext';
      readonly module: string;
      readonly path: string;
      readonly how: 'ref' | 'call' | 'new';
      readonly node: ts.Node | undefined;
    }
  | { readonly t: 'module'; readonly unit: Unit }
  | { readonly t: 'global'; readonly path: string }
  | { readonly t: 'lit'; readonly node: ts.Node };

const BUILTIN: Readonly<Record<string, BoxType>> = {
  ...{ Array: 'array', Map: 'map', Set: 'set', WeakMap: 'weak', WeakSet: 'weak', WeakRef: 'weak', Object: 'object' },
  ...{ RegExp: 'regexp', Promise: 'promise', Date: 'date', Proxy: 'other', EventTarget: 'emitter' },
};
const FRESH_ARRAYS = /^(map|filter|slice|concat|flat|flatMap|split|toSorted|toReversed|toSpliced|keys|values|entries)$/;
const ELEMENT_OF = /^(get|at|find|pop|shift|findLast|values|entries|keys)$/;
const PROMISIFIES = /^(util|bluebird|pify|es6-promisify|universalify)\.((Promise\.)?promisify(All)?|fromCallback|)$/;
const FRAMEWORKS = /^(express|koa|fastify|restify|polka)$/;
const MAX_VALUES = 8;
const MAX_DEPTH = 20;

export interface CallSite {
  readonly fn: Fn;
  readonly call: ts.CallExpression | ts.NewExpression;
}

export interface Values {
  of(unit: Unit, expr: ts.Expression): readonly Value[];
  ofSym(sym: Sym): readonly Value[];
  ofExport(unit: Unit, name: string): readonly Value[];
  ofMember(base: Value, name: string): readonly Value[];
  exportTarget(unit: Unit, name: string): { unit: Unit; target: ExportTarget } | undefined;
  resolve(unit: Unit, specifier: string): Unit | undefined;
  /** The value itself, or the classes of the table that it is out of: `kinds[name]`, `kinds.get(name)`. */
  classesIn(value: Value): readonly Value[];
  /** What `this` is at a place; undefined where nobody can say. */
  ownerOfThis(unit: Unit, node: ts.Node): ThisOwner | undefined;
  /** Whether an expression is an application of Express, Koa, Fastify … */
  isApplication(unit: Unit, expr: ts.Expression): boolean;
  /** Call sites become known after a first round; arguments then flow into parameters. */
  learn(callers: ReadonlyMap<Fn, readonly CallSite[]>): void;
}

/** Answers what expressions are, over all files, on demand. */
export function createValues(
  units: ReadonlyMap<string, Unit>,
  resolvePath: (from: string, specifier: string) => string | undefined,
): Values {
  const memo = new Map<ts.Node, readonly Value[]>();
  const symMemo = new Map<Sym, readonly Value[]>();
  /** What was answered while a circle or the depth limit cut something off: good for this question, not for the next. */
  const partial = new Set<ts.Node | Sym>();
  /** Questions being answered, with their depth. */
  const open = new Map<ts.Node | Sym, number>();
  const hung = new Map<string, (Hung & { unit: Unit })[]>();
  for (const unit of units.values())
    for (const one of unit.hung) hung.set(one.name, [...(hung.get(one.name) ?? []), { ...one, unit }]);
  const onGlobals = storedOnGlobals(units.values());
  let callers: ReadonlyMap<Fn, readonly CallSite[]> = new Map();
  const ownerOfThis = createThis(units.values(), (fn) => callers.get(fn) ?? []);
  let depth = 0;
  let cutAt = Infinity;

  function resolve(unit: Unit, specifier: string): Unit | undefined {
    const path = resolvePath(unit.path, specifier);
    return path === undefined ? undefined : units.get(path);
  }

  function of(unit: Unit, expression: ts.Expression): readonly Value[] {
    const expr = bare(expression);
    return remembered(memo, expr, () => compute(unit, expr));
  }

  function remembered<K extends ts.Node | Sym>(
    answers: Map<K, readonly Value[]>,
    key: K,
    work: () => Value[],
  ): readonly Value[] {
    const known = answers.get(key);
    if (known !== undefined) {
      // An answer that is not whole makes what is built on it not whole either.
      if (open.has(key)) cutAt = Math.min(cutAt, open.get(key)!);
      else if (partial.has(key)) cutAt = Math.min(cutAt, 0);
      return known;
    }
    if (depth > MAX_DEPTH) {
      cutAt = 0;
      return [];
    }
    const at = depth;
    const outerCut = cutAt;
    cutAt = Infinity;
    answers.set(key, []);
    open.set(key, at);
    depth += 1;
    const found = unique(work()).slice(0, MAX_VALUES);
    depth -= 1;
    open.delete(key);
    answers.set(key, found);
    if (cutAt < at) partial.add(key);
    cutAt = Math.min(outerCut, cutAt < at ? cutAt : Infinity);
    if (at === 0) forgetPartial();
    return found;
  }

  function forgetPartial(): void {
    for (const key of partial) {
      memo.delete(key as ts.Node);
      symMemo.delete(key as Sym);
    }
    partial.clear();
    cutAt = Infinity;
  }

  function compute(unit: Unit, expr: ts.Expression): Value[] {
    if (ts.isIdentifier(expr)) {
      const sym = lookup(unit, expr, expr.text);
      if (sym !== undefined) return [...ofSym(sym)];
      if (expr.text === 'exports') return [{ t: 'module', unit }];
      return [{ t: 'global', path: expr.text }];
    }
    if (ts.isObjectLiteralExpression(expr)) {
      const cls = unit.classOf.get(expr);
      return cls ? [{ t: 'inst', cls, node: expr }] : [];
    }
    if (ts.isArrayLiteralExpression(expr)) return [{ t: 'box', type: 'array', node: expr }];
    const fn = functionAt(unit, expr);
    if (fn) return [{ t: 'fn', fn }];
    if (ts.isFunctionDeclaration(expr as ts.Node)) return [];
    if (ts.isClassLike(expr)) {
      const cls = unit.classOf.get(expr);
      return cls ? [{ t: 'cls', cls }] : [];
    }
    if (ts.isLiteralExpression(expr) || ts.isPrefixUnaryExpression(expr) || ts.isTemplateExpression(expr))
      return [{ t: 'lit', node: expr }];
    if (ts.isConditionalExpression(expr)) return [...of(unit, expr.whenTrue), ...of(unit, expr.whenFalse)];
    if (ts.isBinaryExpression(expr)) {
      const kind = expr.operatorToken.kind;
      if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken)
        return [...of(unit, expr.left), ...of(unit, expr.right)];
      if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return [...of(unit, expr.right)];
      if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) {
        const left = /\?\?=|\|\|=/.test(expr.operatorToken.getText()) ? of(unit, expr.left) : [];
        return [...of(unit, expr.right), ...left];
      }
      return [{ t: 'lit', node: expr }];
    }
    if (expr.kind === ts.SyntaxKind.ThisKeyword) {
      const owner = ownerOfThis(unit, expr);
      if (owner)
        return [owner.isStatic ? { t: 'cls', cls: owner.cls } : { t: 'inst', cls: owner.cls, node: owner.cls.node }];
      return [];
    }
    if (ts.isCallExpression(expr)) return called(unit, expr);
    if (ts.isNewExpression(expr)) return constructed(unit, expr);
    if (moduleExports(unit, expr)) return [{ t: 'module', unit }];
    const at = member(expr);
    if (!at) return [];
    const bases = of(unit, at.object);
    const found = bases.flatMap((base) => [...ofMember(base, at.name)]);
    const around = at.object.kind === ts.SyntaxKind.ThisKeyword ? methodAround(unit, expr) : undefined;
    if (found.length === 0 && around && isExported(unit, around))
      return ofExport(unit, at.name).filter((v) => v.t === 'fn');
    // `ctx.recent`, `request.server.feed`: of something nobody sees made, by a name that was hung on an application.
    const isOpen = bases.every((v) => v.t === 'ext') && hung.has(at.name);
    return isOpen ? [...found, ...hungUnder(at.name, /^(decorate|context)$/)] : found;
  }

  /** `exports.create = function () { return this.inMemory(); }`: called as a member of the module, its `this` is the module. */
  function isExported(unit: Unit, fn: Fn): boolean {
    const whole = unit.exports.get('=')?.expr;
    const members = whole && bare(whole);
    if (fn.parent !== unit.module) return false;
    if (members && ts.isObjectLiteralExpression(members))
      return [...(unit.classOf.get(members)?.fieldValues.values() ?? [])].flat().some((e) => isOf(unit, e, fn));
    return [...unit.exports].some(([name, { sym, expr }]) => {
      const isMember = name !== '=' && name !== 'default';
      return isMember && (sym ? sym.fn === fn : expr !== undefined && isOf(unit, expr, fn));
    });
  }

  function isOf(unit: Unit, expr: ts.Expression, fn: Fn): boolean {
    const at = bare(expr);
    return (ts.isIdentifier(at) ? lookup(unit, at, at.text)?.fn : functionAt(unit, at)) === fn;
  }

  function hungUnder(name: string, how: RegExp): Value[] {
    const found = (hung.get(name) ?? []).filter((one) => how.test(one.how) && isApplication(one.unit, one.on));
    return found.flatMap((one) => [...of(one.unit, one.value)]);
  }

  /** An application of a framework, by what made it; `req.app`; and what is treated as one where nobody sees it made. */
  function isApplication(unit: Unit, expr: ts.Expression): boolean {
    const values = of(unit, expr);
    if (values.some((v) => v.t === 'ext' && FRAMEWORKS.test(v.module) && v.how !== 'ref')) return true;
    if (!values.every((v) => v.t === 'ext' && v.how === 'ref')) return false;
    const on = bare(expr);
    const at = member(on);
    if (at) return /^(app|server)$/.test(at.name) && bare(at.object).kind !== ts.SyntaxKind.ThisKeyword;
    const sym = ts.isIdentifier(on) ? lookup(unit, on, on.text) : undefined;
    return sym?.kind === 'param' && isTreatedAsApplication(unit, sym);
  }

  function called(unit: Unit, expr: ts.CallExpression): Value[] {
    const specifier = requiredModule(expr);
    if (specifier !== undefined) return [...ofModule(unit, specifier, expr)];
    const [first] = expr.arguments;
    if (first && isInterop(expr.expression)) return [...of(unit, first)];
    const generator = awaited(expr);
    const body = generator && functionAt(unit, generator);
    if (body) return body.returns.flatMap((r) => [...of(unit, r)]);
    const callee = bare(expr.expression);
    const at = member(callee);
    if (at && ts.isIdentifier(bare(at.object)) && (bare(at.object) as ts.Identifier).text === 'Object' && first) {
      if (/^(freeze|seal|preventExtensions|assign)$/.test(at.name)) return [...of(unit, first)];
      if (/^(create|fromEntries)$/.test(at.name)) return [{ t: 'box', type: 'object', node: expr }];
      if (/^(keys|values|entries)$/.test(at.name)) {
        return [
          { t: 'box', type: 'array', node: expr },
          ...(at.name === 'keys' ? [] : of(unit, first).map((of): Value => ({ t: 'content', of }))),
        ];
      }
    }
    const results: Value[] = [];
    for (const value of of(unit, callee)) {
      // `promisify(fs.writeFile)` does what it is made of.
      if (first && value.t === 'ext' && value.how === 'ref' && PROMISIFIES.test(`${value.module}.${value.path}`))
        results.push(...of(unit, first));
      else if (value.t === 'fn') {
        // What compilers wrap around `require`, whatever they call it.
        if (first && isNamespaceOf(value.fn, isRequired(unit, first))) results.push(...of(unit, first));
        else results.push(...value.fn.returns.flatMap((r) => [...of(value.fn.unit, r)]));
      } else if (value.t === 'ext')
        results.push({ ...value, path: value.how === 'ref' ? value.path : `${value.path}()`, how: 'call', node: expr });
      else if (value.t === 'cls' && value.cls.ctor) results.push({ t: 'inst', cls: value.cls, node: expr });
      else if (value.t === 'global') {
        const type = BUILTIN[value.path];
        if (type) results.push({ t: 'box', type, node: expr });
        else if (value.path === 'Array.from') results.push({ t: 'box', type: 'array', node: expr });
        else results.push({ t: 'ext', module: `global:${value.path}`, path: '', how: 'call', node: expr });
      }
    }
    if (
      at?.name === 'get' &&
      expr.arguments.length === 1 &&
      first &&
      ts.isStringLiteralLike(first) &&
      hung.has(first.text)
    ) {
      if (isApplication(unit, at.object)) return hungUnder(first.text, /^set$/);
    }
    if (at && results.length === 0) {
      const bases = of(unit, at.object);
      if (/^(bind)$/.test(at.name)) return [...of(unit, at.object)];
      for (const base of bases) {
        if (base.t === 'box' || base.t === 'inst' || base.t === 'content') {
          if (ELEMENT_OF.test(at.name)) results.push({ t: 'content', of: base.t === 'content' ? base.of : base });
          else if (FRESH_ARRAYS.test(at.name)) results.push({ t: 'box', type: 'array', node: expr });
          else if (base.t === 'box' && /^(set|add|sort|reverse)$/.test(at.name)) results.push(base);
        }
      }
    }
    return results;
  }

  function constructed(unit: Unit, expr: ts.NewExpression): Value[] {
    return of(unit, expr.expression)
      .flatMap(classesIn)
      .flatMap((value): Value[] => {
        if (value.t === 'cls') return [{ t: 'inst', cls: value.cls, node: expr }];
        if (value.t === 'fn')
          return [{ t: 'inst', cls: asConstructor(value.fn.unit, value.fn, undefined), node: expr }];
        if (value.t === 'ext') return [{ ...value, how: 'new', node: expr }];
        if (value.t === 'global') {
          const type = BUILTIN[value.path];
          return [
            type
              ? { t: 'box', type, node: expr }
              : { t: 'ext', module: `global:${value.path}`, path: '', how: 'new', node: expr },
          ];
        }
        return [];
      });
  }

  function classesIn(value: Value): readonly Value[] {
    if (value.t !== 'content') return [value];
    const table = value.of;
    const isObject = table.t === 'inst' && table.cls.kind === 'object';
    const unit = isObject ? table.cls.unit : 'node' in table && table.node && unitOf(table.node);
    const held = isObject ? [...table.cls.fieldValues.values()].flat() : table.t === 'box' ? pairsOf(table.node) : [];
    return unit ? held.flatMap((expr) => of(unit, expr).filter((v) => v.t === 'cls')) : [];
  }

  function unitOf(node: ts.Node): Unit | undefined {
    return units.get(node.getSourceFile().fileName);
  }

  function ofModule(unit: Unit, specifier: string, node: ts.Node | undefined): readonly Value[] {
    const target = resolve(unit, specifier);
    if (target) {
      const whole = target.exports.get('=');
      return [{ t: 'module', unit: target }, ...(whole ? ofTarget(target, whole) : [])];
    }
    const copied = copiedPackage(resolvePath(unit.path, specifier));
    if (copied !== undefined) return [{ t: 'ext', module: copied, path: '', how: 'ref', node }];
    if (specifier.startsWith('.')) return [];
    // The module is what everybody has under that name.
    if (/^(node:)?process$/.test(specifier)) return [{ t: 'global', path: 'process' }];
    return [{ t: 'ext', module: specifier.replace(/^node:/, ''), path: '', how: 'ref', node }];
  }

  function ofSym(sym: Sym): readonly Value[] {
    return remembered(symMemo, sym, () => computeSym(sym));
  }

  function computeSym(sym: Sym): Value[] {
    if (sym.imported) {
      const { specifier, name } = sym.imported;
      const bases = ofModule(sym.unit, specifier, sym.decl);
      if (name === '*' || name === '=') return [...bases];
      return bases.flatMap((base) => [...ofMember(base, name)]);
    }
    const found: Value[] = [];
    if (sym.fn) found.push(sym.cls && sym.cls.methods.size > 0 ? { t: 'cls', cls: sym.cls } : { t: 'fn', fn: sym.fn });
    else if (sym.cls) found.push({ t: 'cls', cls: sym.cls });
    for (const { expr, path } of sym.values.slice(0, 12)) {
      let values = of(sym.unit, expr);
      for (const step of path)
        values = values.flatMap((v) =>
          step === '*' ? [{ t: 'content', of: v.t === 'content' ? v.of : v } as Value] : [...ofMember(v, step)],
        );
      found.push(...values);
    }
    if (found.length === 0) found.push(...ofType(sym.unit, sym.decl));
    if (found.length === 0 && sym.param) found.push(...injected(sym.param));
    if (sym.param) {
      const { fn, index, path = [] } = sym.param;
      for (const site of (callers.get(fn) ?? []).slice(0, 10)) {
        const argument = site.call.arguments?.[index];
        if (argument === undefined || ts.isSpreadElement(argument)) continue;
        let values = of(site.fn.unit, argument);
        for (const step of path) values = values.flatMap((v) => [...ofMember(v, step)]);
        found.push(...values);
      }
    }
    return found;
  }

  /** What a compiler wrote down of the types of a constructor's parameters, for a container. */
  function injected({ fn, index, path = [] }: NonNullable<Sym['param']>): Value[] {
    const type = path.length === 0 && fn.cls?.ctor === fn ? fn.cls.ctorTypes?.[index] : undefined;
    const cls = type && of(fn.unit, type).find((v) => v.t === 'cls');
    return cls?.t === 'cls' ? [{ t: 'inst', cls: cls.cls, node: cls.cls.node }] : [];
  }

  function exportTarget(
    unit: Unit,
    name: string,
    seen = new Set<Unit>(),
  ): { unit: Unit; target: ExportTarget } | undefined {
    if (seen.has(unit)) return undefined;
    seen.add(unit);
    const target = unit.exports.get(name);
    if (target?.from) {
      const next = resolve(unit, target.from.specifier);
      return next && (exportTarget(next, target.from.name, seen) ?? { unit: next, target: {} });
    }
    if (target) return { unit, target };
    for (const specifier of unit.exportStars) {
      const next = resolve(unit, specifier);
      const found = next && exportTarget(next, name, seen);
      if (found) return found;
    }
    return undefined;
  }

  function ofExport(unit: Unit, name: string): readonly Value[] {
    const direct = unit.exports.get(name);
    if (direct?.from) {
      const bases = ofModule(unit, direct.from.specifier, undefined);
      return direct.from.name === '*' ? bases : bases.flatMap((b) => [...ofMember(b, direct.from!.name)]);
    }
    const found = exportTarget(unit, name);
    if (found) return ofTarget(found.unit, found.target);
    const whole = unit.exports.get('=');
    if (!whole) return [];
    const values = ofTarget(unit, whole);
    if (name === 'default') return values;
    return values.flatMap((value) => (value.t === 'module' && value.unit === unit ? [] : [...ofMember(value, name)]));
  }

  function ofTarget(unit: Unit, target: ExportTarget): readonly Value[] {
    if (target.sym) return ofSym(target.sym);
    if (!target.expr) return [];
    const node: ts.Node = target.expr;
    if (ts.isFunctionDeclaration(node)) {
      const fn = functionAt(unit, node);
      return fn ? [{ t: 'fn', fn }] : [];
    }
    if (ts.isClassDeclaration(node)) {
      const cls = unit.classOf.get(node);
      return cls ? [{ t: 'cls', cls }] : [];
    }
    return of(unit, target.expr);
  }

  function ofMember(base: Value, name: string): readonly Value[] {
    if (depth > MAX_DEPTH) {
      cutAt = 0;
      return [];
    }
    switch (base.t) {
      case 'module': {
        const found = ofExport(base.unit, name);
        return found;
      }
      case 'ext': {
        if (name === 'default' && base.how === 'ref') return [base];
        const step = base.how === 'ref' ? (base.path ? `${base.path}.${name}` : name) : `${base.path}().${name}`;
        return [{ ...base, path: step, how: 'ref' }];
      }
      case 'global':
        if (name === 'default' && base.path === 'process') return [base];
        if (/^(globalThis|global|window|self)$/.test(base.path)) return [{ t: 'global', path: name }];
        return [
          { t: 'global', path: `${base.path}.${name}` },
          ...(onGlobals.get(`${base.path}.${name}`) ?? []).flatMap(({ unit, expr }) => [...of(unit, expr)]),
        ];
      case 'inst': {
        for (let cls: Cls | undefined = base.cls, i = 0; cls && i < 6; cls = parentOf(cls), i++) {
          const method = cls.methods.get(name);
          if (method && ts.isGetAccessorDeclaration(method.node))
            return method.returns.flatMap((r) => [...of(method.unit, r)]);
          if (method) return [{ t: 'fn', fn: method }];
          const values = cls.fieldValues.get(name);
          if (values) return values.flatMap((v) => [...of(base.cls.unit === cls!.unit ? cls!.unit : cls!.unit, v)]);
          if (cls.fields.has(name)) {
            const known = parameterProperty(cls, name);
            return known.length > 0 ? known : ofType(cls.unit, cls.fields.get(name)!);
          }
        }
        return name === '*' || base.cls.kind === 'object' ? [{ t: 'content', of: base }] : [];
      }
      case 'cls': {
        const method = base.cls.staticMethods.get(name);
        if (method) return [{ t: 'fn', fn: method }];
        const values = base.cls.staticValues.get(name);
        if (values) return values.flatMap((v) => [...of(base.cls.unit, v)]);
        const parent = parentOf(base.cls);
        return parent ? ofMember({ t: 'cls', cls: parent }, name) : [];
      }
      case 'box':
        if (name === '*' || base.type === 'object') return [{ t: 'content', of: base }];
        return [];
      case 'content':
        return [base];
      default:
        return [];
    }
  }

  /** What a declared type says: an instance of a class of the project. */
  function ofType(unit: Unit, decl: ts.Node): readonly Value[] {
    const at = ts.isIdentifier(decl) ? decl.parent : decl;
    const { type } = at as { type?: ts.TypeNode };
    if (!type || !ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return [];
    const sym = lookup(unit, at, type.typeName.text);
    const cls = sym && ofSym(sym).find((v) => v.t === 'cls');
    return cls?.t === 'cls' ? [{ t: 'inst', cls: cls.cls, node: cls.cls.node }] : [];
  }

  function parameterProperty(cls: Cls, name: string): readonly Value[] {
    const sym = cls.ctor?.params.find((p) => p?.name === name);
    return sym && cls.fields.get(name) === sym.decl ? ofSym(sym) : [];
  }

  function parentOf(cls: Cls): Cls | undefined {
    if (!cls.parentExpr) return undefined;
    const parent = of(cls.unit, cls.parentExpr).find((v) => v.t === 'cls');
    return parent?.t === 'cls' && parent.cls !== cls ? parent.cls : undefined;
  }

  return {
    ...{ of, ofSym, ofExport, ofMember, resolve, classesIn, isApplication, ownerOfThis },
    exportTarget: (unit, name) => exportTarget(unit, name),
    learn(known) {
      callers = known;
      memo.clear();
      symMemo.clear();
    },
  };
}

/** What is stored as `SHOP.cache = …` where `SHOP` is declared nowhere: a name that every file shares. */
function storedOnGlobals(units: Iterable<Unit>): Map<string, { unit: Unit; expr: ts.Expression }[]> {
  const found = new Map<string, { unit: Unit; expr: ts.Expression }[]>();
  for (const unit of units) {
    for (const { target, op, values } of unit.functions.flatMap((fn) => fn.writes)) {
      const at = op === 'assign' ? member(target) : undefined;
      const root = at && bare(at.object);
      if (!at || !root || !ts.isIdentifier(root) || lookup(unit, root, root.text)) continue;
      if (/^(exports|module|process|global|globalThis|window|self|[A-Z][a-z]\w*)$/.test(root.text)) continue;
      const path = `${root.text}.${at.name}`;
      found.set(path, [...(found.get(path) ?? []), ...values.map((expr) => ({ unit, expr }))]);
    }
  }
  return found;
}

/** What `new Map([[key, value], …])` holds from the beginning. */
function pairsOf(node: ts.Node): ts.Expression[] {
  const pairs = ts.isNewExpression(node) && node.arguments?.[0] && bare(node.arguments[0]);
  if (!pairs || !ts.isArrayLiteralExpression(pairs)) return [];
  return pairs.elements.flatMap((pair) => (ts.isArrayLiteralExpression(pair) ? pair.elements.slice(1, 2) : []));
}

/** `require('x')`, or the variable that holds it. */
function isRequired(unit: Unit, expr: ts.Expression): boolean {
  const at = bare(expr);
  const sym = ts.isIdentifier(at) ? lookup(unit, at, at.text) : undefined;
  return requiredModule(sym?.values.length === 1 ? bare(sym.values[0]!.expr) : at) !== undefined;
}

/** `function (m) { if (m.__esModule) return m; …; copy.default = m; … }`, `(m) => (m.__esModule ? m : { default: m })` */
function isNamespaceOf(fn: Fn, isOfModule: boolean): boolean {
  const [given] = fn.params;
  const text = fn.node.getText();
  return (
    given !== undefined &&
    (isOfModule || text.includes('__esModule')) &&
    new RegExp(`\\bdefault(['"]\\])?\\s*[:=]\\s*${given.name.replace(/\$/g, '\\$&')}\\b`).test(text)
  );
}

function unique(values: readonly Value[]): Value[] {
  const seen = new Map<unknown, Set<string>>();
  return values.filter((value) => {
    const key =
      value.t === 'fn'
        ? value.fn
        : value.t === 'cls'
          ? value.cls
          : 'node' in value
            ? value.node
            : value.t === 'content'
              ? allocation(value)
              : value.t === 'module'
                ? value.unit
                : value.path;
    const kinds = seen.get(key) ?? new Set();
    seen.set(key, kinds);
    const kind =
      value.t === 'ext'
        ? `ext${value.module}${value.path}${value.how}`
        : value.t === 'inst'
          ? `inst${value.cls.name}`
          : value.t;
    if (kinds.has(kind)) return false;
    kinds.add(kind);
    return true;
  });
}

function allocation(value: Value): unknown {
  if (value.t === 'content') return allocation(value.of);
  return 'node' in value ? value.node : value;
}
