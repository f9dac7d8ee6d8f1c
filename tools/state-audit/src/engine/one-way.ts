import ts from 'typescript';

/**
 * The text in which everything is written one way, with every position where it was: comments are blanked out, as what they say
 * is no evidence, and `x['hits']` and `{ 'hits': 0 }` are `x.hits` and `{ hits: 0 }`, as they are the same.
 */
export function writtenOneWay(source: ts.SourceFile): { text: string; hasQuotedNames: boolean } {
  const { text } = source;
  const literals: [number, number][] = [];
  const keys: ts.Node[] = [];
  ts.forEachChild(source, function visit(node): void {
    const isText =
      ts.isLiteralExpression(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node) ||
      ts.isJsxText(node);
    if (isText) literals.push([node.getStart(source), node.end]);
    if (isQuotedName(node)) keys.push(node);
    ts.forEachChild(node, visit);
  });
  return { text: withoutQuotes(withoutComments(text, literals), keys, source), hasQuotedNames: keys.length > 0 };
}

const NAME = /^[A-Za-z_$][\w$]*$/;

/** `'hits'` of `x['hits']`, `{ 'hits': 0 }`, `{ 'hits': local } = x` and `class { 'hits'() {} }`. */
function isQuotedName(node: ts.Node): boolean {
  if (!ts.isStringLiteralLike(node) || !NAME.test(node.text) || node.text.length + 2 !== node.end - node.getStart())
    return false;
  const up = node.parent;
  if (ts.isElementAccessExpression(up)) return up.argumentExpression === node && !ts.isNumericLiteral(up.expression);
  if (ts.isBindingElement(up)) return up.propertyName === node;
  return (ts.isObjectLiteralElement(up) || ts.isClassElement(up)) && up.name === node;
}

/** What belongs to a name that ends here: `.next`, `(`, `:`. */
const REST = /^(?:(?:[?!]?\.[\w$]*|!)+\(?|[(:])?/;

/** The freed space goes behind what belongs together, so that `x['then'](` is read as `x.then(`. */
function withoutQuotes(text: string, keys: readonly ts.Node[], source: ts.SourceFile): string {
  const parts: string[] = [];
  let from = 0;
  let free = '';
  const copyTo = (end: number): void => {
    const between = text.slice(from, end);
    const isBroken = free.includes('\n');
    const rest = free === '' || isBroken ? '' : REST.exec(between)![0];
    const isWhole = !isBroken && rest.length === between.length && !/[(:]$/.test(rest);
    if (free === '' || isWhole) parts.push(between);
    else parts.push(rest, free, between.slice(rest.length));
    if (!isWhole) free = '';
    from = end;
  };
  for (const key of keys) {
    const up = key.parent;
    const isAccess = ts.isElementAccessExpression(up);
    const start = isAccess ? text.indexOf('[', up.questionDotToken?.end ?? up.expression.end) : key.getStart(source);
    copyTo(start);
    from = isAccess ? up.end : key.end;
    const name = `${isAccess && !up.questionDotToken ? '.' : ''}${(key as ts.StringLiteralLike).text}`;
    const gap = text.slice(start, from).replace(/[^\r\n]/g, ' ');
    const isBroken = gap.slice(0, key.getStart(source) - start).includes('\n');
    const at = isBroken ? key.getStart(source) - start : 0;
    parts.push(gap.slice(0, at), name);
    free += gap.slice(at + name.length);
  }
  copyTo(text.length);
  return parts.join('') + free;
}

function withoutComments(text: string, literals: readonly (readonly [number, number])[]): string {
  if (!/\/[/*]/.test(text)) return text;
  const parts: string[] = [];
  let from = 0;
  let next = 0;
  for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at)) {
    while (next < literals.length && literals[next]![1] <= at) next += 1;
    const literal = literals[next];
    const second = text[at + 1];
    if (literal && literal[0] <= at) at = literal[1];
    else if (second === '/' || second === '*') {
      const close = second === '/' ? text.indexOf('\n', at) : text.indexOf('*/', at + 2) + 2;
      const end = close <= 1 ? text.length : close;
      parts.push(text.slice(from, at), text.slice(at, end).replace(/[^\r\n]/g, ' '));
      from = at = end;
    } else at += 1;
  }
  parts.push(text.slice(from));
  return parts.join('');
}
