import ts from 'typescript';
import type { Fn, Sym } from './model.ts';
import { lookup } from './parse.ts';
import { bare, member, walk } from './syntax.ts';

/** What a function does with one of its parameters. */
interface Doings {
  /** `given.status`, and what is then done with it: `status(…).`, `json(`, `status`. */
  readonly members: ReadonlySet<string>;
  /** Names of methods that are called, and of those whose result is asked for more: `json`, `status.`. */
  readonly calls: ReadonlySet<string>;
  /** `given(…)` */
  readonly isCalled: boolean;
}

const ANSWERS =
  /^(status|json|send|sendStatus|redirect|render|setHeader|writeHead|sendFile|cookie|clearCookie|jsonp|download|end|code|headersSent)$/;
const ASKS = /^(body|query|params|headers|cookies|session|ip|originalUrl|user|signedCookies|hostname)$/;
const ASKS_OF_ROUTE = /^(path|method|url|get)$/;
const ASKS_OF_STREAM = /^(protocol|on)$/;
const CONTEXT =
  /^(body|status|state|throw|request|response|req|res|params|query|headers|path|method|url|session|cookies|get|set|ip|redirect|type)$/;
/** `x.status(404).json(…)`, `x.sendStatus(…)`: nothing else speaks like that. */
const ONLY_ANSWERS = /^(status\.|set\.|json|sendStatus|redirect|render|sendFile|writeHead)$/;

/** `(req, res)` and `(ctx, next)`: what frameworks call with a request, by what it does with them. */
export function looksLikeHandler(fn: Fn): boolean {
  const { params } = fn;
  if (params.length < 2 || params.length > 4) return false;
  const [first, second, third] = params.map((sym) => (sym ? doings(fn, sym) : NOTHING));
  const asks = (one: Doings | undefined, ...words: RegExp[]) =>
    one !== undefined && [...one.members].some((name) => words.some((word) => word.test(name)));
  const answers = (asked: Doings | undefined, answered: Doings | undefined) =>
    asks(answered, ANSWERS) &&
    (asks(asked, ASKS, ASKS_OF_ROUTE, ASKS_OF_STREAM) || [...answered!.calls].some((name) => ONLY_ANSWERS.test(name)));
  // `(req, res, next) => { …; next(); }`
  if (params.length === 3 && third!.isCalled && asks(first, ASKS, ASKS_OF_ROUTE)) return true;
  // A context that is answered through, and what comes next.
  if (params.length === 2 && second!.isCalled && asks(first, CONTEXT)) return true;
  // `(req, res, next, options)`, `(error, req, res, next)`
  return answers(first, second) || (params.length === 4 && answers(second, third));
}

const NOTHING: Doings = { members: new Set(), calls: new Set(), isCalled: false };

function doings(fn: Fn, sym: Sym): Doings {
  const members = new Set<string>();
  const calls = new Set<string>();
  let isCalled = false;
  walk(fn.node, (node) => {
    if (!ts.isIdentifier(node) || node.text !== sym.name || lookup(fn.unit, node, node.text) !== sym) return;
    const up = node.parent;
    if (ts.isCallExpression(up) && up.expression === node) isCalled = true;
    if (!ts.isPropertyAccessExpression(up) || up.expression !== node) return;
    members.add(up.name.text);
    const call = up.parent;
    if (!ts.isCallExpression(call) || call.expression !== up) return;
    calls.add(up.name.text);
    if (ts.isPropertyAccessExpression(call.parent)) calls.add(`${up.name.text}.`);
  });
  return { members, calls, isCalled };
}

/** Whether a function itself calls what it was given as this parameter. */
export function callsParameter(fn: Fn, sym: Sym): boolean {
  const isIt = (node: ts.Expression) =>
    ts.isIdentifier(node) && node.text === sym.name && lookup(fn.unit, node, node.text) === sym;
  return fn.calls.some((call) => {
    const callee = bare(call.expression);
    const at = member(callee);
    return isIt(callee) || (at !== undefined && /^(call|apply)$/.test(at.name) && isIt(bare(at.object)));
  });
}

/** `module.exports = (app) => { app.get(…) }`: called once while starting, by whoever loads it. */
export function registersRoutes(fn: Fn): boolean {
  if (looksLikeHandler(fn)) return false;
  return fn.calls.some((call) => {
    const at = member(bare(call.expression));
    if (!at || !/^(get|post|put|patch|delete|use|all|route|register|addHook)$/.test(at.name)) return false;
    const receiver = bare(at.object);
    const [first] = call.arguments ?? [];
    const isRoute =
      first && (ts.isStringLiteralLike(first) ? /^[/*]/.test(first.text) : at.name === 'use' || at.name === 'register');
    return Boolean(isRoute) && ts.isIdentifier(receiver) && lookup(fn.unit, receiver, receiver.text)?.owner === fn;
  });
}

/** `{ Query: { orders: (parent, args) => … } }`: the names of GraphQL for what requests ask for. */
export function isResolver({ node }: Fn): boolean {
  const literal = ts.isPropertyAssignment(node.parent) ? node.parent.parent : node.parent;
  const of = ts.isObjectLiteralExpression(literal) ? literal.parent : undefined;
  return of !== undefined && ts.isPropertyAssignment(of) && /^(Query|Mutation|Subscription)$/.test(of.name.getText());
}

/** `function (problem, rows) { if (problem) return …`: its first question is whether the first argument is there. */
export function looksAtErrorFirst(fn: Fn): boolean {
  const [first] = fn.params;
  const { body } = fn.node as { body?: ts.Node };
  if (!first || !body || !ts.isBlock(body)) return false;
  return body.statements.slice(0, 2).some((statement) => {
    if (!ts.isIfStatement(statement)) return false;
    let asked = bare(statement.expression);
    while (ts.isBinaryExpression(asked)) asked = bare(asked.left);
    if (ts.isPrefixUnaryExpression(asked)) asked = bare(asked.operand);
    return ts.isIdentifier(asked) && asked.text === first.name;
  });
}
