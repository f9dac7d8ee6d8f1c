import ts from 'typescript';
import { type Edit, each, edited, type Mutation, parse } from './edits.ts';

/** JavaScript becomes TypeScript; parameters, variables, fields and results get the types they have. */
export const typed: Mutation = (files, pick) =>
  files.map((file) => {
    // An annotation of a file that others require by its whole name would need theirs changed as well.
    const path = /\.js$/.test(file.path) ? file.path.replace(/\.js$/, '.ts') : file.path;
    if (!path.endsWith('.ts')) return file;
    const edits: Edit[] = [];
    each(parse(file), (node) => {
      if (ts.isParameter(node) && !node.type && canBeTyped(node) && pick())
        edits.push({
          at: node.questionToken?.end ?? node.name.end,
          remove: 0,
          put: node.dotDotDotToken ? ': any[]' : ': any',
        });
      if (ts.isVariableDeclaration(node) && !node.type && node.initializer && ts.isIdentifier(node.name) && pick()) {
        const type = typeOf(node.initializer);
        if (type) edits.push({ at: node.name.end, remove: 0, put: `: ${type}` });
      }
      if (ts.isPropertyDeclaration(node) && !node.type && node.initializer && pick()) {
        const type = typeOf(node.initializer);
        if (type) edits.push({ at: node.name.end, remove: 0, put: `: ${type}` });
      }
      if (ts.isFunctionDeclaration(node) && !node.type && node.body && pick()) {
        const close = file.text.lastIndexOf(')', node.body.getStart());
        edits.push({
          at: close + 1,
          remove: 0,
          put: isAsync(node) ? ': Promise<any>' : node.asteriskToken ? '' : ': any',
        });
      }
      if (
        ts.isNewExpression(node) &&
        !node.typeArguments &&
        /^(Map|WeakMap)$/.test(node.expression.getText()) &&
        pick()
      )
        edits.push({ at: node.expression.end, remove: 0, put: '<any, any>' });
      if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) && pick())
        edits.push({ at: node.expression.end, remove: 0, put: ' as unknown' });
    });
    return { ...edited(file, edits), path };
  });

function canBeTyped(node: ts.ParameterDeclaration): boolean {
  if (node.initializer || ts.getCombinedModifierFlags(node)) return false;
  if (!(node.parent as { body?: ts.Node }).body || ts.isSetAccessorDeclaration(node.parent)) return false;
  return !ts.isArrowFunction(node.parent) || /^(async\s*)?\(/.test(node.parent.getText());
}

const isAsync = (node: ts.FunctionDeclaration) => node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword);

function typeOf(node: ts.Expression): string | undefined {
  if (ts.isNumericLiteral(node)) return 'number';
  if (ts.isStringLiteralLike(node)) return 'string';
  if (/^(true|false)$/.test(node.getText())) return 'boolean';
  if (ts.isArrayLiteralExpression(node)) return 'any[]';
  if (ts.isObjectLiteralExpression(node)) return 'Record<string, any>';
  if (ts.isNewExpression(node) && /^(Map|WeakMap)$/.test(node.expression.getText()))
    return `${node.expression.getText()}<any, any>`;
  if (ts.isNewExpression(node) && node.expression.getText() === 'Set') return 'Set<any>';
  return /^(null|undefined)$/.test(node.getText()) ? 'any' : undefined;
}
