import ts from 'typescript';

/** The expression without what TypeScript, parentheses and `await` put around it. */
export function bare(node: ts.Expression): ts.Expression {
  let at = node;
  for (;;) {
    if (
      ts.isParenthesizedExpression(at) ||
      ts.isAsExpression(at) ||
      ts.isNonNullExpression(at) ||
      ts.isSatisfiesExpression(at) ||
      ts.isTypeAssertionExpression(at) ||
      ts.isAwaitExpression(at)
    ) {
      at = at.expression;
    } else if (ts.isYieldExpression(at) && at.expression && !at.asteriskToken) {
      at = at.expression; // what compilers make of `await`
    } else if (ts.isBinaryExpression(at) && at.operatorToken.kind === ts.SyntaxKind.CommaToken) {
      at = at.right; // (0, module.f)() of compiled code
    } else return at;
  }
}

/** Whether the node starts a function body of its own. */
export function isFunctionNode(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node) ||
    ts.isGetAccessorDeclaration(node) ||
    ts.isSetAccessorDeclaration(node)
  );
}

/** The literal name of a property, or `*` where it is computed. */
export function propertyName(name: ts.PropertyName | ts.BindingName | undefined): string {
  if (name === undefined) return '*';
  if (ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name)) return name.text;
  if (ts.isPrivateIdentifier(name)) return name.text;
  return '*';
}

/** `a.b` and `a['b']` alike; undefined for anything else, `*` for a key nobody can name. */
export function member(node: ts.Expression): { object: ts.Expression; name: string } | undefined {
  if (ts.isPropertyAccessExpression(node)) return { object: node.expression, name: node.name.text };
  if (ts.isElementAccessExpression(node)) {
    const key = bare(node.argumentExpression);
    return { object: node.expression, name: ts.isStringLiteralLike(key) ? key.text : '*' };
  }
  return undefined;
}

/** Whether two expressions name the same: `this.held`, `held.byId`, however they are laid out. */
export function isSame(one: ts.Expression, other: ts.Expression): boolean {
  const [a, b] = [bare(one), bare(other)];
  const [left, right] = [member(a), member(b)];
  if (left && right) return left.name !== '*' && left.name === right.name && isSame(left.object, right.object);
  if (ts.isIdentifier(a)) return ts.isIdentifier(b) && a.text === b.text;
  return a.kind === ts.SyntaxKind.ThisKeyword && b.kind === a.kind;
}

/** Calls `visit` for every node below `node`, itself included; `false` keeps out of a node's children. */
export function walk(node: ts.Node, visit: (node: ts.Node) => boolean | void): void {
  if (visit(node) === false) return;
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** 1-based line of a node's first character. */
export function lineOf(node: ts.Node): number {
  const source = node.getSourceFile();
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** The node's text on one line, at most `limit` characters. */
export function textOf(node: ts.Node, limit = 90): string {
  const text = node.getText().replace(/\s+/g, ' ');
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

/** The specifier of `require('x')` or `import('x')`. */
export function requiredModule(node: ts.Expression): string | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const [first] = node.arguments;
  const isRequire = ts.isIdentifier(node.expression) && /^(require|__require\d*)$/.test(node.expression.text);
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return (isRequire || isImport) && first !== undefined && ts.isStringLiteralLike(first) ? first.text : undefined;
}

const INTEROP =
  /^_*(interopRequire(Default|Wildcard)?|interopDefault\w*|interopNamespace\w*|importDefault|importStar|toESM|toCommonJS|getInteropRequireWildcard)\d*$/i;

/** What compilers wrap around `require`: the call's first argument is what is meant. */
export function isInterop(callee: ts.Expression): boolean {
  const at = bare(callee);
  if (ts.isIdentifier(at)) return INTEROP.test(at.text);
  return ts.isPropertyAccessExpression(at) && INTEROP.test(at.name.text);
}

/** The generator that compilers make of an `async` function: `__awaiter(this, void 0, void 0, function* () {…})`. */
export function awaited(call: ts.Node): ts.FunctionExpression | undefined {
  if (!ts.isCallExpression(call)) return undefined;
  const callee = call.expression.getText().replace(/^.*\./, '');
  if (!/^\(?0?,?\s*(__awaiter|__async|_?asyncToGenerator\d*)\)?$/.test(callee)) return undefined;
  const last = call.arguments.at(-1);
  return last && ts.isFunctionExpression(last) && last.asteriskToken ? last : undefined;
}

/** Whether a function is what a compiler puts in for modules. */
export function isInteropName(name: string): boolean {
  return (
    INTEROP.test(name) ||
    /(^|\W)(__awaiter|__generator|__async|_?asyncToGenerator\d*|__decorate|__rest|__spreadArray)\)?$/.test(name)
  );
}

export function isReset(node: ts.Expression): boolean {
  const at = bare(node);
  return (
    at.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(at) && at.text === 'undefined') || ts.isVoidExpression(at)
  );
}
