import ts from 'typescript';
import type { Holder } from '../engine/holders.ts';
import type { Fn, Unit, Write } from '../engine/model.ts';
import { enclosingFn, lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, isReset, member, walk } from '../engine/syntax.ts';
import type { Value } from '../engine/values.ts';
import { isLog, isLogged } from './logs.ts';
import { isFailuresOfLoop, isOfRetry, isOnlySaid } from './only-said.ts';
import { usageOf } from './usage.ts';

/** State of the process that no other replica would miss: what it says, measures, wraps, and ends with it. */
export function isHarmless(
  program: Program,
  holder: Holder,
  held: readonly Value[],
  writes: readonly Write[],
): boolean {
  return (
    isPatched(program, holder, held, writes) ||
    isOfMachine(program, writes) ||
    isSaidOnce(program, holder, writes) ||
    isOnlySaid(program, holder, writes) ||
    isFailuresOfLoop(program, holder, writes) ||
    isOfRetry(program, writes) ||
    isKeptToEnd(program, holder, writes)
  );
}

/** `client.onAttempt = () => …`, `pool.max = 4`: how a thing of a package works is told to it, and nothing is remembered. */
function isPatched(program: Program, holder: Holder, held: readonly Value[], writes: readonly Write[]): boolean {
  const isThing = holder.kind === 'foreign' || (held.length > 0 && held.every((v) => v.t === 'ext' && v.how !== 'ref'));
  return writes.every((w) => {
    const [value] = w.values;
    if (w.op !== 'assign' || w.how !== '=' || !value || (member(w.target)?.name ?? '*') === '*') return false;
    if (bare(member(w.target)!.object).kind === ts.SyntaxKind.ThisKeyword) return false;
    const at = bare(value);
    const isCode = ts.isArrowFunction(at) || ts.isFunctionExpression(at);
    return isCode || (isThing && (ts.isLiteralExpression(at) || isGivenFunction(program, w.fn.unit, at)));
  });
}

const isGivenFunction = (program: Program, unit: Unit, at: ts.Expression) =>
  program.values.of(unit, at).some((v) => v.t === 'fn');

/** Packages and functions that look at the machine. */
const MACHINE = /^(os|v8|perf_hooks|systeminformation|pidusage|node-os-utils|check-disk-space|diskusage)$/;
/** Of `os`: what is the same for ever is configuration. */
const FACTS = /^(homedir|tmpdir|platform|type|arch|userInfo|EOL|constants)/;
const OWN_MEASURES = /^global:process\.(memoryUsage|cpuUsage|resourceUsage|uptime|hrtime)/;
const COMPUTES = /^global:(Math|Number|Date|Object|Array|JSON|parseInt|parseFloat|Promise)\b/;

/** What a process measures of itself and its machine. */
function isOfMachine(program: Program, writes: readonly Write[]): boolean {
  let isMeasured = false;
  const from = (unit: Unit, expr: ts.Expression, depth: number): boolean => {
    let isOk = true;
    walk(expr, (node) => {
      if (ts.isIdentifier(node)) {
        const sym = lookup(unit, node, node.text);
        if (sym?.kind === 'param') isOk = false;
        if (sym?.kind === 'var' && sym.owner !== unit.module && depth < 3)
          for (const stored of sym.values)
            if (stored.expr !== expr && !from(unit, stored.expr, depth + 1)) isOk = false;
      }
      if (!ts.isCallExpression(node)) return;
      const found = program.values.of(unit, node.expression);
      if (found.some((v) => v.t === 'ext' && MACHINE.test(v.module) && !FACTS.test(v.path))) isMeasured = true;
      else if (found.some((v) => v.t === 'global' && OWN_MEASURES.test(`global:${v.path}`))) isMeasured = true;
      else if (
        !found.every((v) => v.t !== 'fn' && (v.t !== 'global' || COMPUTES.test(`global:${v.path}`)) && v.t !== 'ext')
      )
        isOk = false;
    });
    return isOk;
  };
  const stored = writes.flatMap((w) =>
    w.op === 'delete' || w.how === 'splice' ? [] : w.values.map((v) => ({ w, v })),
  );
  const fresh = stored.filter(({ w, v }) => !isReset(v) && !v.getText().startsWith(`${w.target.getText()}.`));
  return (
    fresh.length > 0 &&
    fresh.every(({ w, v }) => {
      isMeasured = false;
      return from(w.fn.unit, v, 0) && isMeasured;
    })
  );
}

/** `if (!told.has(name)) { told.add(name); console.warn(…); }` */
function isSaidOnce(program: Program, holder: Holder, writes: readonly Write[]): boolean {
  if (holder.kind !== 'variable' && holder.kind !== 'static' && holder.kind !== 'closure' && holder.kind !== 'field')
    return false;
  const blocks = writes.map((w) => blockOf(w.node));
  const isSaying = writes.every((w, i) => {
    const calls = callsIn(blocks[i]!);
    return (
      !answers(w.fn, blocks[i]!) &&
      calls.some((c) => isLog(program, w.fn.unit, c)) &&
      calls.every(
        (c) =>
          c === w.node ||
          isLog(program, w.fn.unit, c) ||
          isLogged(program, w.fn.unit, c) ||
          isOf(program, holder, w.fn.unit, c),
      )
    );
  });
  if (!isSaying) return false;
  return usageOf(program, holder).reads.every(
    (read) => blocks.some((b) => read.pos >= b.pos && read.end <= b.end) || isCondition(read),
  );
}

/** Whether a block, or the function whose body it is, gives something back: then it is asked for, and not only said. */
const answers = (fn: Fn, block: ts.Node): boolean =>
  fn.returns.some((r) => block.parent === fn.node || (r.pos >= block.pos && r.end <= block.end));

function blockOf(node: ts.Node): ts.Node {
  let at = node;
  while (
    at.parent &&
    !ts.isBlock(at) &&
    !ts.isSourceFile(at) &&
    !(ts.isIfStatement(at.parent) && at.parent.expression !== at)
  )
    at = at.parent;
  return at;
}

function callsIn(node: ts.Node): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  walk(node, (at) => void (ts.isCallExpression(at) && found.push(at)));
  return found;
}

const isOf = (program: Program, holder: Holder, unit: Unit, call: ts.CallExpression): boolean => {
  const on = member(bare(call.expression))?.object;
  return on !== undefined && program.holders.ofExpression(unit, on).some((h) => h.key === holder.key);
};

/** Whether it is only asked for, in the head of an `if` or a `while`. */
function isCondition(read: ts.Node): boolean {
  for (let at = read; at.parent; at = at.parent) {
    const up = at.parent;
    if (ts.isIfStatement(up)) return up.expression === at;
    if (ts.isStatement(up)) return false;
  }
  return false;
}

const ENDS = /^(destroy|destroySoon|end|close|terminate|unref)$/;
const KEEPS =
  /^(set|add|push|delete|splice|indexOf|forEach|values|keys|entries|get|clear|once|on|map|all|filter|log|from)$/;

/** `server.on('connection', (socket) => open.add(socket))` so that all can be ended when the server is. */
function isKeptToEnd(program: Program, holder: Holder, writes: readonly Write[]): boolean {
  const isOfServer = writes.some((w) => {
    const entry = program.phases.pathTo(w.fn)?.entry;
    const first = entry && ts.isCallExpression(entry.node) ? entry.node.arguments[0] : undefined;
    const isEvent = first !== undefined && ts.isStringLiteralLike(first) && /^(secureC|c)onnection$/.test(first.text);
    // `net.createServer((socket) => …)`
    return isEvent || (entry !== undefined && isServer(program, entry.fn.unit, entry.node));
  });
  if (!isOfServer) return false;
  let ends = 0;
  const { reads } = usageOf(program, holder);
  const isFine = reads.every((read) => {
    const fn = enclosingFn(holder.unit, read);
    const names = callsIn(statementOf(read)).map((c) => member(bare(c.expression))?.name ?? '');
    const isEnd = names.some((n) => ENDS.test(n));
    if (isEnd) ends += 1;
    // `socket.send('bye'); socket.close();`
    const isFineToDo = (n: string) => ENDS.test(n) || KEEPS.test(n) || (isEnd && /^(send|write|)$/.test(n));
    return writes.some((w) => w.fn === fn) || names.every(isFineToDo);
  });
  return isFine && ends > 0;
}

const isServer = (program: Program, unit: Unit, node: ts.Node) =>
  ts.isCallExpression(node) &&
  program.values.of(unit, node.expression).some((v) => v.t === 'ext' && /^(net|tls)$/.test(v.module));

function statementOf(node: ts.Node): ts.Node {
  let at = node;
  while (at.parent && !ts.isStatement(at)) at = at.parent;
  return at;
}
