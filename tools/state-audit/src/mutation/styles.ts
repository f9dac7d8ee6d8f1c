import ts from 'typescript';
import { checked, each, type Edit, edited, type Mutation, parse, references } from './edits.ts';

/** Whether a function needs a `this`, `arguments` or `new` of its own. */
function isPlain(fn: ts.FunctionLikeDeclaration): boolean {
  let plain = true;
  const visit = (node: ts.Node): void => {
    const isOwn =
      node !== fn && (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isClassLike(node));
    if (node.kind === ts.SyntaxKind.ThisKeyword || (ts.isIdentifier(node) && node.text === 'arguments')) plain = false;
    if (!isOwn) ts.forEachChild(node, visit);
  };
  visit(fn);
  return plain && !fn.asteriskToken;
}

/** `function f(a) {…}` becomes `const f = (a) => {…};`, before everything that could use it. */
export const functionsToArrows: Mutation = (files, pick) =>
  files.map((file) => {
    const source = parse(file);
    const edits: Edit[] = [];
    for (const s of source.statements) {
      if (!ts.isFunctionDeclaration(s) || !s.name || !s.body || !isPlain(s) || !pick()) continue;
      const isDefault = s.modifiers?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword);
      const name = s.name.text;
      const isMade = new RegExp(`new ${name}\\b|\\b${name}\\.prototype|extends ${name}\\b`).test(file.text);
      // Called above: as a constant it would not be there yet.
      const above = source.statements.some(
        (o) => o.end <= s.pos && !ts.isFunctionDeclaration(o) && o.getText().includes(name),
      );
      if (isDefault || isMade || above) continue;
      const isAsync = s.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword);
      const isExported = s.modifiers?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
      const head = `${isExported ? 'export ' : ''}const ${name} = ${isAsync ? 'async ' : ''}`;
      edits.push({ at: s.getStart(), remove: s.name.end - s.getStart(), put: head });
      edits.push({ at: s.body.getStart(), remove: 0, put: '=> ' });
      edits.push({ at: s.end, remove: 0, put: ';' });
    }
    return edited(file, edits);
  });

/** `(a) => …` becomes `function (a) { return …; }`. */
export const arrowsToFunctions: Mutation = (files, pick) =>
  files.map((file) => {
    const edits: Edit[] = [];
    each(parse(file), (node) => {
      if (!ts.isArrowFunction(node) || !isPlain(node) || !pick()) return;
      const arrow = node.equalsGreaterThanToken;
      const isAsync = node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword);
      const start = isAsync ? node.modifiers!.at(-1)!.end : node.getStart();
      const isBareParameter = !/^(async\s*)?[(<]/.test(node.getText());
      edits.push({ at: start, remove: 0, put: `${isAsync ? ' ' : ''}function ${isBareParameter ? '(' : ''}` });
      edits.push({ at: arrow.getStart(), remove: 2, put: isBareParameter ? ')' : '' });
      if (ts.isBlock(node.body)) return;
      const isObject = ts.isParenthesizedExpression(node.body);
      edits.push({ at: node.body.getStart(), remove: 0, put: `{ return ${isObject ? '' : ''}` });
      edits.push({ at: node.body.end, remove: 0, put: '; }' });
    });
    return edited(file, edits);
  });

/** `const` and `let` of a module become `var`. */
export const letToVar: Mutation = (files, pick) =>
  files.map((file) => {
    const edits: Edit[] = [];
    for (const s of parse(file).statements) {
      if (!ts.isVariableStatement(s) || !(s.declarationList.flags & ts.NodeFlags.BlockScoped) || !pick()) continue;
      const at = s.declarationList.getStart();
      edits.push({ at, remove: s.declarationList.flags & ts.NodeFlags.Const ? 5 : 3, put: 'var' });
    }
    return edited(file, edits);
  });

/** `x.hits` becomes `x['hits']`, and `{ hits: 0 }` `{ 'hits': 0 }`. */
export const bracketed: Mutation = (files, pick) =>
  files.map((file) => {
    const edits: Edit[] = [];
    const visit = (node: ts.Node): void => {
      // Types and decorators have their own grammar, and what a module exports its own meaning for compilers.
      if (ts.isTypeNode(node) || ts.isDecorator(node) || ts.isImportDeclaration(node)) return;
      if (ts.isPropertyAccessExpression(node) && canBeBracketed(node) && pick()) {
        edits.push({ at: node.expression.end, remove: node.end - node.expression.end, put: `['${node.name.text}']` });
      } else if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && pick())
        edits.push({ at: node.name.getStart(), remove: node.name.text.length, put: `'${node.name.text}'` });
      ts.forEachChild(node, visit);
    };
    visit(parse(file));
    return edited(file, edits);
  });

const canBeBracketed = (node: ts.PropertyAccessExpression) =>
  !ts.isPrivateIdentifier(node.name) && !node.questionDotToken && !ts.isNumericLiteral(node.expression);

/** `const m = new Map()` becomes an object without a prototype, where only its plain methods are used. */
export const mapsToObjects: Mutation = (files, pick) =>
  files.map((file) => {
    const { source, checker } = checked(file);
    const edits: Edit[] = [];
    for (const [symbol, places] of references(source, checker)) {
      const [declaration] = symbol.declarations ?? [];
      if (
        !declaration ||
        !ts.isVariableDeclaration(declaration) ||
        !/^new Map(<.*>)?\(\)$/s.test(declaration.initializer?.getText() ?? '')
      )
        continue;
      const uses = places.filter((p) => p !== declaration.name);
      const calls = uses.map((p) => {
        const at = p.parent;
        const call = at.parent;
        const isCall =
          ts.isPropertyAccessExpression(at) &&
          at.expression === p &&
          ts.isCallExpression(call) &&
          call.expression === at;
        return isCall && /^(get|set|has|delete)$/.test(at.name.text) && isFree(call, at.name.text)
          ? { call, how: at.name.text }
          : undefined;
      });
      // One key within the other would need the edits of both.
      const isNested = calls.some((a) =>
        calls.some((b) => a && b && a !== b && a.call.pos <= b.call.pos && a.call.end >= b.call.end),
      );
      if (uses.length === 0 || calls.some((c) => !c) || isNested || exportedAs(source, symbol.name) || !pick())
        continue;
      edits.push({
        at: declaration.initializer!.getStart(),
        remove: declaration.initializer!.getWidth(),
        put: 'Object.create(null)',
      });
      if (declaration.type)
        edits.push({
          at: declaration.type.getStart(),
          remove: declaration.type.getWidth(),
          put: 'Record<string, any>',
        });
      for (const one of calls) {
        const [key, value] = one!.call.arguments.map((a) => a.getText());
        const name = ((one!.call.expression as ts.PropertyAccessExpression).expression as ts.Identifier).text;
        const put = {
          get: `${name}[${key}]`,
          set: `${name}[${key}] = ${value}`,
          has: `(${key} in ${name})`,
          delete: `delete ${name}[${key}]`,
        };
        edits.push({ at: one!.call.getStart(), remove: one!.call.getWidth(), put: put[one!.how as keyof typeof put] });
      }
    }
    return edited(file, edits);
  });

/** `m.set(k, v)` alone, or as what an arrow gives back. */
function isFree(call: ts.CallExpression, how: string): boolean {
  if (how === 'get' || how === 'has') return true;
  return ts.isExpressionStatement(call.parent) || (how === 'delete' && ts.isArrowFunction(call.parent));
}

function exportedAs(source: ts.SourceFile, name: string): boolean {
  return new RegExp(
    `export (const|let|var) ${name}\\b|export \\{[^}]*\\b${name}\\b|exports\\.\\w+ = ${name}\\b|exports = (${name}\\b|\\{[^}]*\\b${name}\\b[^}]*\\};?\\s*$)`,
    'm',
  ).test(source.text);
}

/** `let x = 1` of a module becomes `const held = { x: 1 }`, each in an object of its own. */
export const variablesToFields: Mutation = (files, pick) =>
  files.map((file) => {
    const { source, checker } = checked(file);
    const edits: Edit[] = [];
    let next = 0;
    for (const [symbol, places] of references(source, checker)) {
      const [declaration, second] = symbol.declarations ?? [];
      if (!declaration || second || !ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name))
        continue;
      const list = declaration.parent;
      const isModuleLet =
        ts.isVariableDeclarationList(list) &&
        list.declarations.length === 1 &&
        !(list.flags & ts.NodeFlags.Const) &&
        ts.isVariableStatement(list.parent) &&
        list.parent.parent === source &&
        !list.parent.modifiers?.length;
      if (
        !isModuleLet ||
        places.some((p) => ts.isExportSpecifier(p.parent)) ||
        exportedAs(source, symbol.name) ||
        !pick()
      )
        continue;
      const holder = `held${(next += 1)}`;
      const value = declaration.initializer?.getText() ?? 'undefined';
      const type = declaration.type ? `: { ${symbol.name}: ${declaration.type.getText()} | undefined }` : '';
      edits.push({
        at: list.getStart(),
        remove: list.getWidth(),
        put: `const ${holder}${type} = { ${symbol.name}: ${value} }`,
      });
      for (const p of places) {
        if (p === declaration.name) continue;
        const isShort = ts.isShorthandPropertyAssignment(p.parent);
        edits.push({
          at: p.getStart(),
          remove: p.text.length,
          put: `${isShort ? `${p.text}: ` : ''}${holder}.${p.text}`,
        });
      }
    }
    return edited(file, edits);
  });
