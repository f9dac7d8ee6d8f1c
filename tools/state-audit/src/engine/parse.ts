import ts from 'typescript';
import type { Cls, ExportTarget, Fn, Scope, Stored, Sym, Unit, Write } from './model.ts';
import { writtenOneWay } from './one-way.ts';
import { awaited, bare, isFunctionNode, member, propertyName, requiredModule } from './syntax.ts';

const MUTATORS = new Set([
  ...['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'],
  ...['set', 'add', 'delete', 'clear', 'append', 'enqueue', 'dequeue'],
]);
const ASSIGNING = new Set(['assign', 'defineProperty', 'defineProperties', 'set', 'deleteProperty', 'setPrototypeOf']);
const LODASH_WRITERS = new Set([
  'set',
  'merge',
  'assign',
  'extend',
  'defaults',
  'unset',
  'remove',
  'pull',
  'update',
  'defaultsDeep',
  'assignIn',
]);

/** Reads one file: its scopes, functions, classes, exports, calls and writes. Throws a RangeError for what is nested too deeply, for nothing else. */
export function parseUnit(path: string, text: string): Unit {
  const asWritten = parseText(path, text);
  if (isTooDeep(asWritten)) throw new RangeError('nested too deeply');
  const source = parsedOneWay(asWritten);
  const module: Fn = {
    ...emptyFn(),
    node: source,
    name: '<module>',
    parent: undefined,
    unit: undefined as never,
  };
  const unit: Unit = {
    path,
    source,
    module,
    text,
    syntaxError: firstError(asWritten),
    scopes: new Map(),
    functions: [module],
    classes: [],
    classOf: new Map(),
    exports: new Map(),
    exportStars: [],
    imports: new Set(),
    hung: [],
  };
  Object.assign(module, { unit });
  declareAll(unit);
  collectFacts(unit);
  return unit;
}

const parseText = (path: string, text: string) =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, scriptKind(path));

/** The file as if everything in it were written in one way; nothing reads from here on how it was. */
function parsedOneWay(asWritten: ts.SourceFile): ts.SourceFile {
  const { text, hasQuotedNames } = writtenOneWay(asWritten);
  if (hasQuotedNames) return parseText(asWritten.fileName, text);
  (asWritten as { text: string }).text = text;
  return asWritten;
}

const DEEPEST = 1000;

/** Looked at without recursion, as everything after this visits recursively. */
function isTooDeep(source: ts.SourceFile): boolean {
  let level: ts.Node[] = [source];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    const next: ts.Node[] = [];
    for (const node of level) ts.forEachChild(node, (child) => void next.push(child));
    level = next;
  }
  return false;
}

function scriptKind(path: string): ts.ScriptKind {
  if (/\.[cm]?ts$/.test(path)) return ts.ScriptKind.TS;
  return path.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.JSX;
}

function firstError(source: ts.SourceFile): Unit['syntaxError'] {
  const [first] = (source as unknown as { parseDiagnostics: ts.DiagnosticWithLocation[] }).parseDiagnostics;
  if (first === undefined) return undefined;
  return {
    line: source.getLineAndCharacterOfPosition(first.start).line + 1,
    message: ts.flattenDiagnosticMessageText(first.messageText, ' '),
  };
}

const emptyClass = () => ({
  ...{ methods: new Map(), fields: new Map(), fieldValues: new Map() },
  ...{ statics: new Map(), staticValues: new Map(), staticMethods: new Map() },
  ...{ decorators: [], decoratedWith: [], methodDecorators: new Map() },
});

const emptyFn = (): Pick<Fn, 'params' | 'calls' | 'writes' | 'returns'> => ({
  params: [],
  calls: [],
  writes: [],
  returns: [],
});

/** The function a node runs in, the module's own for top-level code. */
export function enclosingFn(unit: Unit, node: ts.Node): Fn {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
    const scope = unit.scopes.get(at);
    if (scope !== undefined) return scope.fn;
  }
  return unit.module;
}

/** What a name means at a place; undefined for a global. */
export function lookup(unit: Unit, node: ts.Node, name: string): Sym | undefined {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
    const scope = unit.scopes.get(at);
    if (scope === undefined) continue;
    for (let s: Scope | undefined = scope; s !== undefined; s = s.parent) {
      const found = s.names.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return undefined;
}

/** The function that a node is, if it is one. */
export function functionAt(unit: Unit, node: ts.Node): Fn | undefined {
  return isFunctionNode(node) ? unit.scopes.get(node)?.fn : undefined;
}

function declareAll(unit: Unit): void {
  const top: Scope = { parent: undefined, names: new Map(), fn: unit.module };
  unit.scopes.set(unit.source, top);
  ts.forEachChild(unit.source, (node) => visit(node, top));

  function symbol(scope: Scope, name: string, decl: ts.Node, kind: Sym['kind'], more: Partial<Sym> = {}): Sym {
    const known = scope.names.get(name);
    // The name that a function expression gives itself is further out than its parameters and variables.
    const isOwnName = known !== undefined && ts.isFunctionExpression(known.decl);
    if (known !== undefined && !isOwnName && kind !== 'import' && known.kind !== 'import') {
      if (more.values !== undefined) known.values.push(...more.values);
      if (more.fn !== undefined) known.fn = more.fn;
      if (more.cls !== undefined) known.cls = more.cls;
      return known;
    }
    const made: Sym = { name, unit, decl, kind, constant: false, owner: scope.fn, values: [], ...more };
    scope.names.set(name, made);
    return made;
  }

  function functionScope(scope: Scope): Scope {
    let at = scope;
    while (at.parent !== undefined && at.parent.fn === at.fn) at = at.parent;
    return at;
  }

  function bindPattern(
    scope: Scope,
    name: ts.BindingName,
    kind: Sym['kind'],
    stored: Stored | undefined,
    constant: boolean,
  ): void {
    if (ts.isIdentifier(name)) {
      symbol(scope, name.text, name, kind, { values: stored === undefined ? [] : [stored], constant });
      return;
    }
    name.elements.forEach((element) => {
      if (ts.isOmittedExpression(element)) return;
      const step = ts.isArrayBindingPattern(name) ? '*' : propertyName(element.propertyName ?? element.name);
      const inner = stored && (element.dotDotDotToken ? stored : { ...stored, path: [...stored.path, step] });
      bindPattern(scope, element.name, kind, inner, constant);
      if (element.initializer) {
        if (ts.isIdentifier(element.name)) {
          scope.names.get(element.name.text)?.values.push({ expr: element.initializer, path: [] });
        }
        visit(element.initializer, scope);
      }
    });
  }

  function visitFunction(node: ts.FunctionLikeDeclaration, scope: Scope, cls: Cls | undefined, name: string): Fn {
    const fn: Fn = { ...emptyFn(), unit, node, name, parent: scope.fn };
    if (cls !== undefined) fn.cls = cls;
    unit.functions.push(fn);
    const inner: Scope = { parent: scope, names: new Map(), fn };
    unit.scopes.set(node, inner);
    if (ts.isFunctionExpression(node) && node.name) symbol(inner, node.name.text, node, 'function', { fn });
    node.parameters.forEach((parameter, index) => {
      if (ts.isIdentifier(parameter.name)) {
        const sym = symbol(inner, parameter.name.text, parameter, 'param', {
          param: { fn, index },
          values: parameter.initializer ? [{ expr: parameter.initializer, path: [] }] : [],
        });
        fn.params[index] = sym;
      } else {
        const whole = {
          name: `{${index}}`,
          unit,
          decl: parameter,
          kind: 'param',
          constant: true,
          owner: fn,
          values: [],
        } as const;
        fn.params[index] = { ...whole, values: [], param: { fn, index } };
        bindParamPattern(inner, parameter.name, fn, index, []);
      }
      if (parameter.initializer) visit(parameter.initializer, inner);
    });
    if (node.body === undefined) return fn;
    if (ts.isBlock(node.body)) ts.forEachChild(node.body, (child) => visit(child, inner));
    else {
      fn.returns.push(node.body);
      visit(node.body, inner);
    }
    return fn;
  }

  function bindParamPattern(scope: Scope, pattern: ts.BindingPattern, fn: Fn, index: number, path: string[]): void {
    for (const element of pattern.elements) {
      if (ts.isOmittedExpression(element)) continue;
      const step = ts.isArrayBindingPattern(pattern) ? '*' : propertyName(element.propertyName ?? element.name);
      if (ts.isIdentifier(element.name)) {
        const sym = symbol(scope, element.name.text, element, 'param', {
          values: element.initializer ? [{ expr: element.initializer, path: [] }] : [],
        });
        Object.assign(sym, { param: { fn, index, path: [...path, step] } });
      } else bindParamPattern(scope, element.name, fn, index, [...path, step]);
      if (element.initializer) visit(element.initializer, scope);
    }
  }

  function newClass(
    kind: Cls['kind'],
    name: string,
    node: ts.Node,
    sym: Sym | undefined,
    init: Fn | undefined,
    parentExpr?: ts.Expression,
  ): Cls {
    const cls: Cls = { ...emptyClass(), kind, name, unit, node, sym, init, parentExpr };
    unit.classes.push(cls);
    unit.classOf.set(node, cls);
    return cls;
  }

  function visitClass(node: ts.ClassLikeDeclaration, scope: Scope): void {
    const parentExpr = node.heritageClauses?.find((h) => h.token === ts.SyntaxKind.ExtendsKeyword)?.types[0]
      ?.expression;
    if (parentExpr) visit(parentExpr, scope);
    const assigned =
      ts.isVariableDeclaration(node.parent) && ts.isIdentifier(node.parent.name) ? node.parent.name.text : '';
    const name = node.name?.text ?? (assigned || 'class');
    const init: Fn = { ...emptyFn(), unit, node, name: `${name} fields`, parent: scope.fn };
    unit.functions.push(init);
    const cls = newClass('class', name, node, undefined, init, parentExpr);
    init.cls = cls;
    for (const decorator of ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : []) {
      cls.decorators.push(decorator.expression.getText());
      cls.decoratedWith.push(decorator.expression);
      visit(decorator.expression, scope);
    }
    if (node.name) {
      const holder = ts.isClassDeclaration(node)
        ? scope
        : { parent: scope, names: new Map<string, Sym>(), fn: scope.fn };
      if (holder !== scope) unit.scopes.set(node, holder);
      const sym = symbol(holder, node.name.text, node, 'class', { cls });
      Object.assign(cls, { sym });
    }
    const inner = unit.scopes.get(node) ?? scope;
    const fieldScope: Scope = { parent: inner, names: new Map(), fn: init };
    for (const part of node.members) {
      if (ts.isClassStaticBlockDeclaration(part)) {
        visit(part.body, inner);
        continue;
      }
      const isStatic =
        ts.canHaveModifiers(part) && ts.getModifiers(part)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword);
      const partName = propertyName(part.name);
      if (ts.isPropertyDeclaration(part)) {
        (isStatic ? cls.statics : cls.fields).set(partName, part);
        if (part.initializer) {
          put(isStatic ? cls.staticValues : cls.fieldValues, partName, part.initializer);
          if (!isStatic) unit.scopes.set(part, fieldScope);
          if (isFunctionNode(part.initializer)) {
            const fn = visitFunction(part.initializer, isStatic ? inner : fieldScope, cls, `${name}.${partName}`);
            (isStatic ? cls.staticMethods : cls.methods).set(partName, fn);
          } else visit(part.initializer, isStatic ? inner : fieldScope);
        }
      } else if (isFunctionNode(part)) {
        const fn = visitFunction(
          part,
          inner,
          cls,
          ts.isConstructorDeclaration(part) ? `new ${name}` : `${name}.${partName}`,
        );
        if (ts.isConstructorDeclaration(part)) {
          cls.ctor = fn;
          for (const p of part.parameters) {
            if (ts.getModifiers(p)?.length && ts.isIdentifier(p.name)) cls.fields.set(p.name.text, p);
          }
        } else if (!ts.isSetAccessorDeclaration(part)) (isStatic ? cls.staticMethods : cls.methods).set(partName, fn);
      }
    }
  }

  function visitObject(node: ts.ObjectLiteralExpression, scope: Scope): void {
    const parent = node.parent;
    const name = ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? parent.name.text : 'object';
    const cls = newClass('object', name, node, undefined, undefined);
    for (const property of node.properties) {
      if (ts.isSpreadAssignment(property)) {
        visit(property.expression, scope);
        continue;
      }
      const key = propertyName(property.name);
      if (property.name && ts.isComputedPropertyName(property.name)) visit(property.name.expression, scope);
      cls.fields.set(key, property);
      if (ts.isPropertyAssignment(property)) {
        put(cls.fieldValues, key, property.initializer);
        const value = bare(property.initializer);
        if (isFunctionNode(value))
          cls.methods.set(key, visitFunction(value, scope, ts.isArrowFunction(value) ? undefined : cls, key));
        else visit(property.initializer, scope);
      } else if (ts.isShorthandPropertyAssignment(property)) put(cls.fieldValues, key, property.name);
      else if (isFunctionNode(property)) {
        const fn = visitFunction(property, scope, cls, key);
        if (!ts.isSetAccessorDeclaration(property)) cls.methods.set(key, fn);
      }
    }
  }

  function visit(node: ts.Node, scope: Scope): void {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
      // `extends Base` is no type node for us, and a class's heritage is visited by visitClass.
      if (!ts.isExpressionWithTypeArguments(node)) return;
    }
    if (ts.isImportDeclaration(node)) return visitImport(node, scope);
    if (ts.isImportEqualsDeclaration(node)) {
      if (
        ts.isExternalModuleReference(node.moduleReference) &&
        ts.isStringLiteralLike(node.moduleReference.expression)
      ) {
        const specifier = node.moduleReference.expression.text;
        unit.imports.add(specifier);
        symbol(scope, node.name.text, node, 'import', { imported: { specifier, name: '=' }, constant: true });
      }
      return;
    }
    if (ts.isVariableDeclarationList(node)) {
      const lexical = (node.flags & ts.NodeFlags.BlockScoped) !== 0;
      const constant = (node.flags & ts.NodeFlags.Const) !== 0;
      const target = lexical ? scope : functionScope(scope);
      const loop = ts.isForOfStatement(node.parent) || ts.isForInStatement(node.parent) ? node.parent : undefined;
      for (const declaration of node.declarations) {
        const expr = declaration.initializer ?? (loop && ts.isForOfStatement(loop) ? loop.expression : undefined);
        const stored = expr && { expr, path: loop && !declaration.initializer ? ['*'] : [] };
        bindPattern(target, declaration.name, 'var', stored, constant);
        if (declaration.initializer) visit(declaration.initializer, scope);
      }
      return;
    }
    if (ts.isFunctionDeclaration(node)) {
      const name = node.name?.text ?? 'default';
      const fn = visitFunction(node, scope, undefined, name);
      if (node.body === undefined) return;
      if (node.name) symbol(scope, name, node, 'function', { fn });
      return;
    }
    if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) {
      visitFunction(node, scope, undefined, nameOfFunction(node));
      return;
    }
    if (ts.isClassLike(node)) return visitClass(node, scope);
    if (ts.isObjectLiteralExpression(node)) return visitObject(node, scope);
    if (ts.isEnumDeclaration(node)) {
      symbol(scope, node.name.text, node, 'other', { constant: true });
      return;
    }
    if (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name)) {
      symbol(scope, node.name.text, node, 'other', { constant: true });
    }
    if (ts.isReturnStatement(node) && node.expression) scope.fn.returns.push(node.expression);
    if (
      ts.isBlock(node) ||
      ts.isForStatement(node) ||
      ts.isForOfStatement(node) ||
      ts.isForInStatement(node) ||
      ts.isCatchClause(node) ||
      ts.isCaseBlock(node) ||
      ts.isModuleBlock(node)
    ) {
      const inner: Scope = { parent: scope, names: new Map(), fn: scope.fn };
      unit.scopes.set(node, inner);
      if (ts.isCatchClause(node) && node.variableDeclaration) {
        bindPattern(inner, node.variableDeclaration.name, 'var', undefined, true);
      }
      ts.forEachChild(node, (child) => visit(child, inner));
      return;
    }
    ts.forEachChild(node, (child) => visit(child, scope));
  }

  function visitImport(node: ts.ImportDeclaration, scope: Scope): void {
    if (!ts.isStringLiteral(node.moduleSpecifier)) return;
    const specifier = node.moduleSpecifier.text;
    const clause = node.importClause;
    if (clause?.isTypeOnly) return;
    unit.imports.add(specifier);
    const add = (local: ts.Identifier, name: string) =>
      symbol(scope, local.text, local, 'import', { imported: { specifier, name }, constant: true });
    if (clause?.name) add(clause.name, 'default');
    const named = clause?.namedBindings;
    if (named && ts.isNamespaceImport(named)) add(named.name, '*');
    if (named && ts.isNamedImports(named)) {
      for (const one of named.elements) if (!one.isTypeOnly) add(one.name, (one.propertyName ?? one.name).text);
    }
  }
}

function nameOfFunction(node: ts.FunctionExpression | ts.ArrowFunction): string {
  if (node.name) return node.name.text;
  const parent = node.parent;
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return parent.name.text;
  if (ts.isPropertyAssignment(parent)) return propertyName(parent.name);
  if (ts.isBinaryExpression(parent)) return member(parent.left)?.name ?? parent.left.getText();
  if (ts.isCallExpression(parent)) {
    const callee = parent.expression.getText().split('\n')[0] ?? '';
    const [first] = parent.arguments;
    const route = first && ts.isStringLiteralLike(first) ? `('${first.text}')` : '';
    return `${callee.slice(-40)}${route}`;
  }
  return 'function';
}

export function put<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Second reading, names known: exports, calls, writes, constructor functions. */
function collectFacts(unit: Unit): void {
  const write = (
    node: ts.Node,
    target: ts.Expression,
    op: Write['op'],
    how: string,
    values: ts.Expression[],
    key?: ts.Expression,
  ) => {
    const fn = enclosingFn(unit, node);
    fn.writes.push({ fn, node, target: bare(target), op, how, values, ...(key && { key }) });
  };
  ts.forEachChild(unit.source, function visit(node): void {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      assignment(unit, node, write);
    } else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) {
        write(node, node.operand, 'update', node.operator === ts.SyntaxKind.PlusPlusToken ? '++' : '--', []);
      }
    } else if (ts.isDeleteExpression(node)) {
      const at = member(bare(node.expression));
      if (at) write(node, node.expression, 'delete', 'delete', []);
    } else if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      enclosingFn(unit, node).calls.push(node);
      if (ts.isCallExpression(node)) call(unit, node, write);
    } else if (ts.isExportDeclaration(node) || ts.isExportAssignment(node)) exportStatement(unit, node);
    exportModifier(unit, node);
    ts.forEachChild(node, visit);
  });
}

const isAssignment = (kind: ts.SyntaxKind) =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

type WriteFact = (
  n: ts.Node,
  t: ts.Expression,
  op: Write['op'],
  how: string,
  v: ts.Expression[],
  key?: ts.Expression,
) => void;

function assignment(unit: Unit, node: ts.BinaryExpression, write: WriteFact): void {
  const left = bare(node.left);
  const how = node.operatorToken.getText();
  if (ts.isArrayLiteralExpression(left) || ts.isObjectLiteralExpression(left)) {
    for (const target of patternTargets(left)) write(node, target, 'assign', '=', [node.right]);
    return;
  }
  if (ts.isIdentifier(left)) {
    const sym = lookup(unit, left, left.text);
    if (/^(=|\|\|=|\?\?=|&&=)$/.test(how)) sym?.values.push({ expr: node.right, path: [] });
    write(node, left, 'assign', how, [node.right]);
    return;
  }
  const at = member(left);
  if (at === undefined) return;
  // exports.a = exports.b = value
  const object = bare(at.object);
  const isExports =
    ts.isIdentifier(object) && object.text === 'exports' && lookup(unit, object, 'exports') === undefined;
  const isModuleExports = moduleExports(unit, object);
  let value = bare(node.right);
  while (ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    // `exports.C = C = __decorate([…], C)`: it is still C.
    const kept = bare(value.left);
    const isDecorated = /^\(?(0, )?[\w.]*__decorate\b/.test(bare(value.right).getText());
    value = isDecorated && ts.isIdentifier(kept) ? kept : bare(value.right);
  }
  const topLevel = enclosingFn(unit, node) === unit.module;
  if ((isExports || isModuleExports) && topLevel) {
    if (!ts.isVoidExpression(value)) unit.exports.set(at.name, exportOf(unit, value));
  } else if (moduleExports(unit, left) && topLevel) unit.exports.set('=', exportOf(unit, value));
  else {
    fieldAssignment(unit, node, at, value);
    const on = member(object);
    if (on?.name === 'context') unit.hung.push({ how: 'context', name: at.name, on: on.object, value });
    const key = ts.isElementAccessExpression(left) ? left.argumentExpression : undefined;
    write(node, left, 'assign', how, [node.right], key);
  }
}

function exportOf(unit: Unit, value: ts.Expression): ExportTarget {
  const sym = ts.isIdentifier(value) ? lookup(unit, value, value.text) : undefined;
  return sym === undefined ? { expr: value } : { sym };
}

export function moduleExports(unit: Unit, node: ts.Expression): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === 'exports' &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'module' &&
    lookup(unit, node, 'module') === undefined
  );
}

function patternTargets(node: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression): ts.Expression[] {
  const targets: ts.Expression[] = [];
  const add = (target: ts.Expression): void => {
    const at = bare(target);
    if (ts.isArrayLiteralExpression(at) || ts.isObjectLiteralExpression(at)) targets.push(...patternTargets(at));
    else if (ts.isBinaryExpression(at)) add(at.left);
    else if (ts.isIdentifier(at) || member(at)) targets.push(at);
  };
  if (ts.isArrayLiteralExpression(node)) node.elements.forEach((e) => add(ts.isSpreadElement(e) ? e.expression : e));
  else {
    for (const p of node.properties) {
      if (ts.isPropertyAssignment(p)) add(p.initializer);
      else if (ts.isShorthandPropertyAssignment(p)) add(p.name);
      else if (ts.isSpreadAssignment(p)) add(p.expression);
    }
  }
  return targets;
}

/** `this.x = v`, `C.x = v`, `F.prototype.m = function` tell what classes and constructor functions are made of. */
function fieldAssignment(
  unit: Unit,
  node: ts.BinaryExpression,
  at: { object: ts.Expression; name: string },
  value: ts.Expression,
): void {
  const object = bare(at.object);
  if (object.kind === ts.SyntaxKind.ThisKeyword) {
    const owner = thisOwner(unit, node);
    if (owner === undefined) return;
    const [places, values] = owner.isStatic
      ? [owner.cls.statics, owner.cls.staticValues]
      : [owner.cls.fields, owner.cls.fieldValues];
    // The constructor is where a reader looks first, wherever it stands.
    const isMade = ts.isConstructorDeclaration(enclosingFn(unit, node).node);
    const known = places.get(at.name);
    if (
      !known ||
      (isMade && ts.isBinaryExpression(known) && !ts.isConstructorDeclaration(enclosingFn(unit, known).node))
    )
      places.set(at.name, node);
    put(values, at.name, value);
    const fn = functionAt(unit, value);
    if (fn && !owner.isStatic) owner.cls.methods.set(at.name, fn);
    return;
  }
  const proto = member(object);
  if (proto?.name === 'prototype' && ts.isIdentifier(bare(proto.object))) {
    const cls = constructorFunction(unit, bare(proto.object) as ts.Identifier);
    const fn = functionAt(unit, value);
    if (cls && fn) {
      cls.methods.set(at.name, fn);
      fn.cls = cls;
    } else if (cls) {
      cls.fields.set(at.name, node);
      put(cls.fieldValues, at.name, value);
    }
    return;
  }
  if (ts.isIdentifier(object)) {
    const sym = lookup(unit, object, object.text);
    if (at.name === 'prototype' && ts.isObjectLiteralExpression(value)) {
      const cls = constructorFunction(unit, object);
      const literal = unit.classOf.get(value);
      if (cls && literal) {
        for (const [name, fn] of literal.methods) {
          cls.methods.set(name, fn);
          fn.cls = cls;
        }
      }
    } else if (sym?.cls) {
      if (!sym.cls.statics.has(at.name)) sym.cls.statics.set(at.name, node);
      put(sym.cls.staticValues, at.name, value);
    } else if (sym?.values.length === 1) {
      const literal = sym.values[0]?.path.length === 0 ? bare(sym.values[0].expr) : undefined;
      const cls = literal && ts.isObjectLiteralExpression(literal) ? unit.classOf.get(literal) : undefined;
      if (cls && at.name !== '*') {
        put(cls.fieldValues, at.name, value);
        const fn = functionAt(unit, value);
        if (fn) {
          cls.methods.set(at.name, fn);
          fn.cls ??= cls;
        }
      }
    }
  }
}

function constructorFunction(unit: Unit, name: ts.Identifier): Cls | undefined {
  const sym = lookup(unit, name, name.text);
  if (sym === undefined) return undefined;
  if (sym.cls) return sym.cls;
  const fn = sym.fn ?? sym.values.map((v) => functionAt(unit, bare(v.expr))).find((f) => f !== undefined);
  if (fn === undefined) return undefined;
  return asConstructor(unit, fn, sym);
}

/** Makes a class of a function that is used like one. */
export function asConstructor(unit: Unit, fn: Fn, sym: Sym | undefined): Cls {
  const known = unit.classOf.get(fn.node);
  if (known) return known;
  const cls: Cls = {
    ...emptyClass(),
    ...{ kind: 'function', name: fn.name, unit, node: fn.node, sym, init: undefined, parentExpr: undefined },
    ctor: fn,
  };
  unit.classes.push(cls);
  unit.classOf.set(fn.node, cls);
  if (sym) sym.cls = cls;
  fn.cls = cls;
  return cls;
}

/** What `this` is at a place: the class, object literal or constructor function around it. */
export function thisOwner(unit: Unit, node: ts.Node): { cls: Cls; isStatic: boolean } | undefined {
  for (let at: ts.Node = node; at.parent !== undefined; at = at.parent) {
    if (ts.isArrowFunction(at)) continue;
    if (ts.isPropertyDeclaration(at) || ts.isClassStaticBlockDeclaration(at)) {
      const cls = unit.classOf.get(at.parent);
      const isStatic =
        !ts.isPropertyDeclaration(at) ||
        (ts.getModifiers(at)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) ?? false);
      return cls && { cls, isStatic };
    }
    if (!isFunctionNode(at) || (at.parent && awaited(at.parent) === at)) continue;
    const described = describedBy(at);
    if (described) {
      const cls = ts.isIdentifier(described) ? constructorFunction(unit, described) : undefined;
      return cls && { cls, isStatic: false };
    }
    const scopeFn = unit.scopes.get(at)?.fn;
    if (scopeFn?.cls) {
      const isStatic =
        ts.canHaveModifiers(at) && (ts.getModifiers(at)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) ?? false);
      return { cls: scopeFn.cls, isStatic };
    }
    return scopeFn && mayConstruct(at) ? { cls: asConstructor(unit, scopeFn, undefined), isStatic: false } : undefined;
  }
  return undefined;
}

/** A function that somebody may say `new` to: it is declared, or has a name to be called by. */
function mayConstruct(fn: ts.FunctionLikeDeclaration): boolean {
  if (fn.asteriskToken || ts.getCombinedModifierFlags(fn) & ts.ModifierFlags.Async) return false;
  if (ts.isFunctionDeclaration(fn)) return true;
  const up = fn.parent;
  return (
    ts.isFunctionExpression(fn) &&
    ((ts.isVariableDeclaration(up) && up.initializer === fn) || (ts.isBinaryExpression(up) && up.right === fn))
  );
}

/** `C` of `Object.defineProperty(C.prototype, 'name', { get() {…} })`, for the accessor: its `this` is what it is read of. */
function describedBy(fn: ts.Node): ts.Expression | undefined {
  const literal = ts.isPropertyAssignment(fn.parent) ? fn.parent.parent : fn.parent;
  const call = literal?.parent;
  if (!literal || !ts.isObjectLiteralExpression(literal) || !call || !ts.isCallExpression(call)) return undefined;
  const [of] = call.arguments;
  if (call.arguments[2] !== literal || !of || !/^(Object|Reflect)\.defineProperty$/.test(call.expression.getText()))
    return undefined;
  return member(of)?.name === 'prototype' ? bare(member(of)!.object) : of;
}

function call(unit: Unit, node: ts.CallExpression, write: WriteFact): void {
  const specifier = requiredModule(node);
  if (specifier !== undefined) unit.imports.add(specifier);
  decoratedByCompiler(unit, node);
  const callee = bare(node.expression);
  const at = member(callee);
  const [first, second] = node.arguments;
  // util.inherits(Child, Parent)
  if ((at?.name ?? callee.getText()) === 'inherits' && first && second && ts.isIdentifier(bare(first))) {
    const cls = constructorFunction(unit, bare(first) as ts.Identifier);
    if (cls) Object.assign(cls, { parentExpr: second });
    return;
  }
  if (at === undefined) {
    if (ts.isIdentifier(callee) && /^_*exportStar\d*$/.test(callee.text) && first) {
      const from = requiredModule(bare(first));
      if (from) unit.exportStars.push(from);
    }
    return;
  }
  if (/^(set|decorate)$/.test(at.name) && first && ts.isStringLiteralLike(first) && second)
    unit.hung.push({ how: at.name as 'set' | 'decorate', name: first.text, on: at.object, value: second });
  const object = bare(at.object);
  const objectName = ts.isIdentifier(object) ? object.text : '';
  if (/^(Object|Reflect)$/.test(objectName) && ASSIGNING.has(at.name) && first) {
    if (at.name === 'defineProperty' && isExportsObject(unit, first) && second && ts.isStringLiteralLike(second)) {
      compiledExport(unit, second.text, node.arguments[2]);
      return;
    }
    const isDescriptor = at.name.startsWith('define');
    write(
      node,
      first,
      isDescriptor ? 'define' : 'call',
      `${objectName}.${at.name}`,
      [...node.arguments].slice(1),
      second,
    );
  } else if (LODASH_WRITERS.has(at.name) && isLodash(unit, object) && first) {
    if (!ts.isObjectLiteralExpression(bare(first)))
      write(node, first, 'call', `_.${at.name}`, [...node.arguments].slice(1), second);
  } else if (/^(call|apply)$/.test(at.name) && member(object) && MUTATORS.has(member(object)?.name ?? '') && first) {
    write(node, first, 'call', member(object)!.name, [...node.arguments].slice(1));
  } else if (MUTATORS.has(at.name)) {
    const keyed = /^(set|delete)$/.test(at.name) || (at.name === 'add' && node.arguments.length === 1);
    write(node, at.object, 'call', at.name, [...node.arguments], keyed ? first : undefined);
  }
}

/** The package, whatever the file calls it; `_` of a page that nobody declares. */
function isLodash(unit: Unit, object: ts.Expression): boolean {
  const at = member(object)?.name === 'default' ? bare(member(object)!.object) : object;
  if (!ts.isIdentifier(at)) return false;
  const sym = lookup(unit, at, at.text);
  if (!sym) return at.text === '_';
  const loaded = sym.values.length === 1 ? bare(sym.values[0]!.expr) : undefined;
  const inner = loaded && ts.isCallExpression(loaded) ? loaded.arguments[0] : undefined;
  const specifier =
    sym.imported?.specifier ?? (loaded && (requiredModule(loaded) ?? (inner && requiredModule(bare(inner)))));
  return specifier !== undefined && /^(lodash(-es)?|underscore)$/.test(specifier);
}

/** `C = __decorate([Injectable(), __metadata("design:paramtypes", [A, B])], C)`, `__decorate([Get()], C.prototype, "list")`. */
function decoratedByCompiler(unit: Unit, node: ts.CallExpression): void {
  const [list, target, name] = node.arguments;
  // By its shape: what a compiler calls its own function is nobody's promise.
  if (!list || !target || !ts.isArrayLiteralExpression(bare(list))) return;
  const decorators = [...(bare(list) as ts.ArrayLiteralExpression).elements];
  const of = ts.isPropertyAccessExpression(target) && target.name.text === 'prototype' ? target.expression : target;
  const sym = ts.isIdentifier(of) ? lookup(unit, of, of.text) : undefined;
  const cls = sym?.cls ?? sym?.values.map((v) => unit.classOf.get(bare(v.expr))).find((c) => c !== undefined);
  if (!cls) return;
  if (name && ts.isStringLiteralLike(name)) {
    cls.methodDecorators.set(name.text, decorators);
    return;
  }
  cls.decoratedWith.push(...decorators);
  cls.decorators.push(...decorators.map((d) => d.getText().replace(/^\(0, *[\w$]+\.(\w+)\)/, '$1')));
  for (const one of decorators) {
    const [key, types] = ts.isCallExpression(one) ? one.arguments : [];
    if (!key || !types || !ts.isStringLiteralLike(key) || key.text !== 'design:paramtypes') continue;
    // `typeof Orders === "undefined" ? Object : Orders`
    if (ts.isArrayLiteralExpression(types))
      cls.ctorTypes = types.elements.map((e) =>
        ts.isConditionalExpression(bare(e)) ? (bare(e) as ts.ConditionalExpression).whenFalse : e,
      );
  }
}

function isExportsObject(unit: Unit, node: ts.Expression): boolean {
  const at = bare(node);
  return (ts.isIdentifier(at) && at.text === 'exports') || moduleExports(unit, at);
}

function compiledExport(unit: Unit, name: string, descriptor: ts.Expression | undefined): void {
  if (name === '__esModule' || !descriptor || !ts.isObjectLiteralExpression(descriptor)) return;
  for (const p of descriptor.properties) {
    const getter = ts.isPropertyAssignment(p) ? p.initializer : ts.isMethodDeclaration(p) ? p : undefined;
    if (propertyName(p.name) !== 'get' || !getter || !isFunctionNode(getter)) continue;
    const fn = unit.scopes.get(getter)?.fn;
    const value = fn?.returns[0];
    if (value) unit.exports.set(name, exportOf(unit, bare(value)));
  }
}

function exportStatement(unit: Unit, node: ts.ExportDeclaration | ts.ExportAssignment): void {
  if (ts.isExportAssignment(node)) {
    unit.exports.set(node.isExportEquals ? '=' : 'default', exportOf(unit, bare(node.expression)));
    return;
  }
  if (node.isTypeOnly) return;
  const specifier =
    node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
  if (specifier) unit.imports.add(specifier);
  if (node.exportClause === undefined) {
    if (specifier) unit.exportStars.push(specifier);
  } else if (ts.isNamespaceExport(node.exportClause)) {
    if (specifier) unit.exports.set(node.exportClause.name.text, { from: { specifier, name: '*' } });
  } else {
    for (const one of node.exportClause.elements) {
      const local = (one.propertyName ?? one.name).text;
      const sym = specifier ? undefined : lookup(unit, node, local);
      if (specifier) unit.exports.set(one.name.text, { from: { specifier, name: local } });
      else if (sym) unit.exports.set(one.name.text, { sym });
    }
  }
}

function exportModifier(unit: Unit, node: ts.Node): void {
  if (
    !ts.isVariableStatement(node) &&
    !ts.isFunctionDeclaration(node) &&
    !ts.isClassDeclaration(node) &&
    !ts.isEnumDeclaration(node)
  )
    return;
  const modifiers = ts.getModifiers(node);
  if (!modifiers?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)) return;
  if (ts.isVariableStatement(node)) {
    for (const declaration of node.declarationList.declarations) {
      for (const name of boundNames(declaration.name)) {
        const sym = lookup(unit, node, name);
        if (sym) unit.exports.set(name, { sym });
      }
    }
    return;
  }
  const isDefault = modifiers.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword);
  const sym = node.name && lookup(unit, node, node.name.text);
  const target: ExportTarget = sym ? { sym } : { expr: node as unknown as ts.Expression };
  if (isDefault) unit.exports.set('default', target);
  else if (node.name) unit.exports.set(node.name.text, target);
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : boundNames(element.name)));
}
