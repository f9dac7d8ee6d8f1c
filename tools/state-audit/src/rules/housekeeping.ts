import ts from 'typescript';
import type { Fn, Unit } from '../engine/model.ts';
import type { Program } from '../engine/program.ts';
import { bare, member, walk } from '../engine/syntax.ts';
import type { Value } from '../engine/values.ts';
import { asksToSay, isLog, isLogged } from './logs.ts';

function callbackText(program: Program, unit: Unit, callback: ts.Expression): string {
  const given = program.values.of(unit, callback).flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
  const further = given.flatMap((fn) =>
    fn.calls.flatMap((call) => (program.phases.callees.get(call) ?? []).flatMap((v) => (v.t === 'fn' ? [v.fn] : []))),
  );
  return [...given, ...further].map((fn) => program.names.text(fn.unit, fn.node)).join('\n') || callback.getText();
}

/** Clearing what this process keeps, watching its own memory, keeping a connection alive: right in every replica. */
export function isHousekeeping(
  program: Program,
  unit: Unit,
  callback: ts.Expression,
  stateful: ReadonlySet<string>,
): boolean {
  const fns = program.values.of(unit, callback).flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
  if (fns.length === 0) return false;
  const text = callbackText(program, unit, callback);
  const writes = fns.flatMap((fn) => [fn, ...unit.functions.filter((f) => f.parent === fn)]).flatMap((fn) => fn.writes);
  const own = writes.flatMap((w) => program.holders.ofWrite(w));
  const touchesState = own.some((h) => stateful.has(h.key)) || readsOwn(program, fns, stateful);
  if (/SELECT 1\b['"`]/i.test(text)) return true;
  if (
    /memoryUsage|cpuUsage|eventLoop|\bgc\(|ping\w*\(|SELECT 1\b|metrics?\.|heartbeat|keep-?alive|uptime|isAlive|process\.send/i.test(
      text,
    ) &&
    !/fetch|axios|\.(find|update|insert|query|delete(Many|One))\(/.test(text)
  )
    return true;
  const logs = fns.some((fn) => fn.calls.some((c) => isLog(program, fn.unit, c)));
  if (sweepsOwn(program, fns, stateful) || fns.some((fn) => measures(program, fn))) return true;
  if (!touchesState && !logs) return false;
  return !fns.some((fn) => asksOutside(program, fn, 0, new Set()));
}

/** Looks at this process or sets its gauges, and changes nothing elsewhere. */
function measures(program: Program, fn: Fn): boolean {
  const within = (one: Fn) =>
    one.unit.functions.filter((f) => f.node.pos >= one.node.pos && f.node.end <= one.node.end);
  const direct = within(fn).flatMap((one) => one.calls);
  // `setInterval(() => this.measure())`
  const further = direct.flatMap((call) =>
    (program.phases.callees.get(call) ?? []).flatMap((v) => (v.t === 'fn' ? [v.fn] : [])),
  );
  const calls = [...direct, ...further.flatMap((one) => within(one).flatMap((f) => f.calls))];
  const changes =
    /^(save|update|insert|create|send|publish|delete|destroy|remove|emit|post|put|upsert|fetch|axios|request)/i;
  const nameOf = (c: ts.CallExpression | ts.NewExpression) =>
    member(bare(c.expression))?.name ?? c.expression.getText();
  return (
    calls.some((call) => isGauge(program, call)) &&
    !calls.some((c) => changes.test(nameOf(c))) &&
    !further.some((one) => asksOutside(program, one, 0, new Set()))
  );
}

const isGauge = (program: Program, call: ts.CallExpression | ts.NewExpression) =>
  program.phases.callees.get(call)?.some((v) => v.t === 'ext' && METRICS.test(v.module)) ?? false;

const METRICS =
  /^(os|v8|perf_hooks|systeminformation|pidusage|prom-client|@opentelemetry\/.*|hot-shots|node-statsd|statsd-client|express-prom-bundle)$/;

/** Names of methods that go elsewhere, where nobody knows of what. */
const GOES_OUT =
  /^(fetch|query|find\w*|update\w*|insert\w*|save|send\w*|publish|post|load\w*|refresh\w*|sync\w*|poll\w*|process\w*|flush\w*|import\w*|export\w*|generate\w*|check\w*|run\w*|notify\w*|request|axios)$/;

/** Whether a function, or one that it calls, speaks to anything but this process and its log. */
function asksOutside(program: Program, fn: Fn, depth: number, seen: Set<Fn>): boolean {
  if (seen.has(fn) || depth > ASK_DEPTH) return false;
  seen.add(fn);
  const own = fn.calls.some((call) => {
    if (isLog(program, fn.unit, call) || isLogged(program, fn.unit, call) || isGauge(program, call)) return false;
    if (asksToSay(program, fn.unit, call)) return false;
    const found = program.phases.callees.get(call) ?? [];
    const callees = found.flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
    if (callees.length > 0) return callees.some((one) => asksOutside(program, one, depth + 1, seen));
    const callee = bare(call.expression);
    const name = member(callee)?.name ?? program.names.text(fn.unit, callee);
    return GOES_OUT.test(name) || found.some((v: Value) => v.t === 'ext' && !OF_THE_PROCESS.test(v.module));
  });
  return own || fn.unit.functions.some((one) => one.parent === fn && asksOutside(program, one, depth, seen));
}

/** Packages that look at this process, compute or log. */
const OF_THE_PROCESS =
  /^(global:|lodash|path|util|events|os|v8|perf_hooks|process|crypto|tls|url|buffer|querystring|assert|winston|pino|bunyan|log4js|debug|chalk|picocolors|dayjs|moment|date-fns|@tryghost\/logging)/;
const SWEEP_DEPTH = 3;
const ASK_DEPTH = 6;
/** What a look at one's own tables calls, apart from functions of the project. */
const OF_CONTAINERS =
  /^(get|set|has|delete|clear|add|keys|values|entries|forEach|filter|map|some|every|find|findIndex|push|splice|shift|slice|sort|indexOf|includes|from|now|getTime|clearTimeout|clearInterval|unref|floor|max|min|abs|isArray|assign|startsWith|split|join)$/;

/** `setInterval(() => this.prune())`: whatever it calls removes from what this process keeps, and asks nobody outside. */
function sweepsOwn(program: Program, fns: readonly Fn[], stateful: ReadonlySet<string>): boolean {
  const seen = new Set<Fn>();
  let removes = false;
  const isInside = (fn: Fn, depth: number): boolean => {
    if (seen.has(fn)) return true;
    seen.add(fn);
    if (depth > SWEEP_DEPTH) return false;
    for (const write of fn.writes) {
      const touched = program.holders.ofWrite(write).filter((h) => stateful.has(h.key));
      const isReset =
        write.op === 'delete' || /^(delete|clear|splice|shift|pop|filter)$/.test(write.how) || write.op === 'assign';
      if (touched.length > 0 && isReset) removes = true;
    }
    const nested = fn.unit.functions.filter((one) => one.parent === fn);
    const calls = fn.calls.every((call) => {
      if (isLog(program, fn.unit, call)) return true;
      const found = program.phases.callees.get(call) ?? [];
      if (found.some((v) => v.t === 'ext' && !/^(global:|lodash|path|util)/.test(v.module))) return false;
      const callees = found.flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
      if (callees.length > 0) return callees.every((one) => isInside(one, depth + 1));
      return OF_CONTAINERS.test(member(bare(call.expression))?.name ?? program.names.text(fn.unit, call.expression));
    });
    return calls && nested.every((one) => isInside(one, depth));
  };
  return fns.every((fn) => isInside(fn, 0)) && removes;
}

/** Whether the functions walk over what this process keeps: its sockets, its cache. */
function readsOwn(program: Program, fns: readonly Fn[], stateful: ReadonlySet<string>): boolean {
  return fns.some((fn) => {
    let found = false;
    walk(fn.node, (node) => {
      const over = ts.isForOfStatement(node)
        ? node.expression
        : ts.isCallExpression(node) && /\.(forEach|values|entries|keys)$/.test(node.expression.getText())
          ? (node.expression as ts.PropertyAccessExpression).expression
          : undefined;
      if (over && (isOwnSockets(over) || program.holders.ofExpression(fn.unit, over).some((h) => stateful.has(h.key))))
        found = true;
    });
    return found;
  });
}

/** `server.clients`, `io.sockets.adapter.rooms`: who is connected to this process. */
const isOwnSockets = (over: ts.Expression) => /\.(clients|sockets|adapter\.(rooms|sids))$/.test(over.getText());
