import ts from 'typescript';
import type { Sym, Unit } from './model.ts';
import { lookup } from './parse.ts';
import { bare, member } from './syntax.ts';

const VERBS = /^(get|post|put|patch|delete|del|all|head|options)$/;
const OF_FRAMEWORKS =
  /^(use|listen|register|route|addHook|setErrorHandler|setNotFoundHandler|addContentTypeParser|engine|enable|disable)$/;

/**
 * Whether somebody who is given something treats it as an application of a web framework: it gets handlers for paths, is
 * told what to use, or listens. Says nothing of what it is called.
 */
export function isTreatedAsApplication(unit: Unit, sym: Sym): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (found) return;
    if (ts.isCallExpression(node)) {
      const at = member(bare(node.expression));
      const on = at && bare(at.object);
      if (on && ts.isIdentifier(on) && on.text === sym.name && speaksOfRoutes(at.name, node.arguments))
        found = lookup(unit, on, on.text) === sym;
    }
    ts.forEachChild(node, visit);
  };
  visit(sym.owner.node);
  return found;
}

/** `use(handler)`, `get('/orders', handler)`; `get('title')` is asked of a map as well. */
function speaksOfRoutes(name: string, given: readonly ts.Expression[]): boolean {
  const [first] = given;
  if (!first) return name === 'listen';
  if (OF_FRAMEWORKS.test(name)) return true;
  const isPath = ts.isStringLiteralLike(first) ? /^[/*]/.test(first.text) : ts.isRegularExpressionLiteral(first);
  return VERBS.test(name) && isPath && given.length > 1;
}
