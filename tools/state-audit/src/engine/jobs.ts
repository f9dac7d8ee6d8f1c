import ts from 'typescript';
import type { Fn, Unit } from './model.ts';
import { bare, member } from './syntax.ts';
import type { Values } from './values.ts';

const DEEPEST = 3;

/**
 * Whether the process is over when what an expression calls, or what it is as a function, is done, and not only when
 * something failed: `main().then(() => process.exit())`, `(async () => { try { … } finally { conclude(); } })()`,
 * `process.on('message', async (job) => { …; process.exit(); })`. Such a file is a job: one run, one process.
 */
export function endsItsProcess(unit: Unit, expr: ts.Expression, values: Values): boolean {
  return endsFunction(unit, expr, 0) || endsCall(unit, bare(expr), 0);

  function ends(of: Unit, statement: ts.Node | undefined, depth: number): boolean {
    if (!statement) return false;
    if (ts.isBlock(statement)) return ends(of, statement.statements.at(-1), depth);
    if (ts.isTryStatement(statement)) return ends(of, statement.finallyBlock ?? statement.tryBlock, depth);
    return ts.isExpressionStatement(statement) && endsCall(of, bare(statement.expression), depth);
  }

  function endsCall(of: Unit, expr: ts.Expression, depth: number): boolean {
    if (!ts.isCallExpression(expr) || depth > DEEPEST) return false;
    const callee = bare(expr.expression);
    if (isExit(callee)) return true;
    const at = member(callee);
    const [first, second] = expr.arguments;
    if (at && /^(then|finally)$/.test(at.name) && first) {
      // `.then(within(main))`
      const next = bare(first);
      const wrapped = ts.isCallExpression(next) ? next.arguments : [];
      if ([first, ...wrapped].some((one) => endsFunction(of, one, depth))) return true;
    }
    if (at && /^(then|finally|catch)$/.test(at.name)) return endsCall(of, bare(at.object), depth);
    if (isMessageOfParent(expr)) return second !== undefined && endsFunction(of, second, depth);
    return endsFunction(of, callee, depth);
  }

  function endsFunction(of: Unit, expr: ts.Expression, depth: number): boolean {
    const direct = bare(expr);
    if (isExit(direct)) return true;
    return values.of(of, direct).some((v) => v.t === 'fn' && endsIn(v.fn, depth + 1));
  }

  function endsIn({ node, unit: of }: Fn, depth: number): boolean {
    const { body } = node as { body?: ts.Node };
    if (!body) return false;
    if (!ts.isBlock(body)) return endsCall(of, bare(body as ts.Expression), depth);
    return ends(of, body, depth) || isForEnding(body);
  }
}

/** `process.on('message', …)`: what a child process is asked for. */
export function isMessageOfParent(call: ts.Node): boolean {
  if (!ts.isCallExpression(call) || !/^process\.(on|once)$/.test(call.expression.getText())) return false;
  const [event] = call.arguments;
  return event !== undefined && ts.isStringLiteralLike(event) && event.text === 'message';
}

/** `process.on('SIGTERM', …)`: what hears that ends when somebody asks it to, as a server does, and not when it is done. */
export function hearsSignal({ calls, node, unit }: Fn): boolean {
  return calls.some((call) => {
    const [event] = call.arguments ?? [];
    if (!event || !/^process\.(on|once)$/.test(call.expression.getText())) return false;
    // `for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, …)`
    if (!ts.isStringLiteralLike(event))
      return /\bSIG(TERM|INT)\b/.test((node === unit.source ? call.parent : node).getText());
    return event.text.startsWith('SIG');
  });
}

/** What a file does itself when it is run, each with all that comes of it. */
export function topCalls(unit: Unit): ts.Expression[] {
  const within = (s: ts.Statement): ts.Statement[] => {
    const isOfMain = ts.isIfStatement(s) && /\bmain\b/.test(s.expression.getText());
    const then = isOfMain ? s.thenStatement : s;
    return ts.isBlock(then) ? [...then.statements] : [then];
  };
  const done = unit.source.statements.flatMap(within);
  return done.flatMap((s) => (ts.isExpressionStatement(s) ? [s.expression] : []));
}

/** `function conclude() { if (port) port.postMessage('done'); else process.exit(); }`: all that it is for. */
function isForEnding({ statements }: ts.Block): boolean {
  const [only] = statements;
  if (statements.length !== 1 || !only || !ts.isIfStatement(only) || !only.elseStatement) return false;
  return [only.thenStatement, only.elseStatement].some((branch) => {
    const one = ts.isBlock(branch) ? branch.statements.at(-1) : branch;
    const call = one && ts.isExpressionStatement(one) ? bare(one.expression) : undefined;
    return call !== undefined && ts.isCallExpression(call) && isExit(bare(call.expression));
  });
}

const isExit = (callee: ts.Expression) => callee.getText() === 'process.exit';
