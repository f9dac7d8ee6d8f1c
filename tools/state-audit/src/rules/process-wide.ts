import ts from 'typescript';
import type { Cls, Fn, Unit } from '../engine/model.ts';
import { enclosingFn, lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, member, textOf, walk } from '../engine/syntax.ts';
import type { Value } from '../engine/values.ts';
import type { Draft } from './draft.ts';
import { isWithin } from '../engine/within.ts';

/** Timers, files, emitters, the working directory: what belongs to the process or its machine. */
export function findProcessWide(program: Program, stateful: ReadonlySet<string>): Draft[] {
  return program.units.flatMap((unit) => [
    ...intervals(program, unit, stateful),
    ...files(program, unit),
    ...emitters(program, unit),
    ...chdir(program, unit),
  ]);
}

function intervals(program: Program, unit: Unit, stateful: ReadonlySet<string>): Draft[] {
  const drafts: Draft[] = [];
  const loops = new Set<Fn>();
  for (const fn of unit.functions) {
    for (const call of fn.calls) {
      const isInterval = isTimer(program, unit, call, 'setInterval');
      const again = !isInterval && isOwnTimeout(program, unit, fn, call);
      if (!isInterval && !again) continue;
      const [callback] = call.arguments ?? [];
      if (!callback) continue;
      // One loop is one finding, however many places set it going.
      if (again) {
        const loop = program.values.of(unit, callback).find((v) => v.t === 'fn');
        if (loop?.t === 'fn' && loops.has(loop.fn)) continue;
        if (loop?.t === 'fn') loops.add(loop.fn);
      }
      const owner = again ? fn : enclosingFn(unit, call);
      const atStart = program.phases.isLoad(owner) || (isInterval && lastingOwner(program, owner));
      const byUnknown = !atStart && isInterval && isStartedByUnknown(program, owner, call);
      if ((!atStart && !byUnknown) || /^(stop|shutdown|close|destroy|drain)/i.test(program.names.ofFn(owner))) continue;
      // A timer made for one request or one connection ends with it.
      const text = callbackText(program, unit, callback);
      if (isHousekeeping(program, unit, callback, text, stateful)) continue;
      drafts.push({
        ...{
          rule: isInterval ? 'interval' : 'timeout-loop',
          kind: 'schedule',
          unit,
          node: call,
          name: textOf(call, 60),
        },
        message: `${isInterval ? 'The interval' : 'The timeout that sets itself again'} runs in every replica.`,
        confidence: byUnknown ? 0.6 : isInterval ? 0.82 : 0.68,
        writes: [{ fn, node: call }],
      });
    }
  }
  return drafts;
}

/** The global one, or that of `node:timers`. */
function isTimer(
  program: Program,
  unit: Unit,
  call: ts.CallExpression | ts.NewExpression,
  name: 'setInterval' | 'setTimeout',
): boolean {
  const callee = bare(call.expression);
  if (ts.isIdentifier(callee) && callee.text === name && !lookup(unit, callee, name)) return true;
  const found = program.phases.callees.get(call) ?? [];
  return found.some((v) => v.t === 'ext' && v.module === 'timers' && v.path === name);
}

/** `function tick() { …; setTimeout(tick, 1000) }` that is started while the process starts. */
function isOwnTimeout(program: Program, unit: Unit, fn: Fn, call: ts.CallExpression | ts.NewExpression): boolean {
  if (!isTimer(program, unit, call, 'setTimeout') || !call.arguments?.[0]) return false;
  const starts = program.values.of(unit, call.arguments[0]);
  // Itself, what it is written in, or what calls it again: `safeBeat` of `beat`.
  const again = starts.some((v) => v.t === 'fn' && (v.fn === fn || fn.parent === v.fn || callsBack(program, v.fn, fn)));
  if (!again) return false;
  if (/retr|attempt|backoff|wait|poll[A-Z]|sleep|debounce/i.test(program.names.ofFn(fn)) || fn.params.length > 0)
    return false;
  return !isAfterFailure(call, fn);
}

/** Tried again because it failed: in a `catch`, or when something says `error` or `close`. */
function isAfterFailure(call: ts.Node, fn: Fn): boolean {
  for (let at = call; at.parent && at !== fn.node; at = at.parent) if (ts.isCatchClause(at)) return true;
  const up = fn.node.parent;
  if (!up || !ts.isCallExpression(up)) return false;
  const [first] = up.arguments;
  const event = first && ts.isStringLiteralLike(first) ? first.text : '';
  const name = member(bare(up.expression))?.name ?? '';
  return name === 'catch' || (/^(on|once)$/.test(name) && /^(error|close|end|disconnect)/.test(event));
}

function callsBack(program: Program, from: Fn, to: Fn): boolean {
  return from.calls.some((call) => program.phases.callees.get(call)?.some((v) => v.t === 'fn' && v.fn === to));
}

function lastingOwner(program: Program, fn: Fn): boolean {
  const cls = fn.cls;
  if (!cls || cls.kind === 'object') return false;
  const sites = program.phases.newSites.get(cls) ?? [];
  const isConstruction = cls.ctor === fn || cls.init === fn;
  return isConstruction
    ? sites.some((site) => program.phases.isLoad(site.fn))
    : /^(start|init|run|schedule|begin|onModuleInit)/i.test(program.names.ofFn(fn));
}

/** Nobody known calls what sets it, nothing ends it, and nobody is served by it: found by its name while starting. */
function isStartedByUnknown(program: Program, owner: Fn, call: ts.Node): boolean {
  const route = program.phases.pathTo(owner);
  if (route?.entry.kind !== 'public' || route.entry.fn !== owner || owner.cls) return false;
  let at = call.parent;
  while (!ts.isStatement(at) && !ts.isVariableDeclaration(at) && !ts.isBinaryExpression(at)) at = at.parent;
  return ts.isExpressionStatement(at);
}

function callbackText(program: Program, unit: Unit, callback: ts.Expression): string {
  const given = program.values.of(unit, callback).flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
  const further = given.flatMap((fn) =>
    fn.calls.flatMap((call) => (program.phases.callees.get(call) ?? []).flatMap((v) => (v.t === 'fn' ? [v.fn] : []))),
  );
  return [...given, ...further].map((fn) => program.names.text(fn.unit, fn.node)).join('\n') || callback.getText();
}

/** Clearing what this process keeps, watching its own memory, keeping a connection alive: right in every replica. */
function isHousekeeping(
  program: Program,
  unit: Unit,
  callback: ts.Expression,
  text: string,
  stateful: ReadonlySet<string>,
): boolean {
  const fns = program.values.of(unit, callback).flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
  if (fns.length === 0) return false;
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

/** Sets the gauges of this process, and changes nothing elsewhere. */
function measures(program: Program, fn: Fn): boolean {
  const within = fn.unit.functions.filter((one) => one.node.pos >= fn.node.pos && one.node.end <= fn.node.end);
  const calls = within.flatMap((one) => one.calls);
  const isGauge = (call: ts.CallExpression | ts.NewExpression) =>
    program.phases.callees.get(call)?.some((v) => v.t === 'ext' && METRICS.test(v.module)) ?? false;
  const changes =
    /^(save|update|insert|create|send|publish|delete|destroy|remove|emit|post|put|upsert|fetch|axios|request)/i;
  const nameOf = (c: ts.CallExpression | ts.NewExpression) =>
    member(bare(c.expression))?.name ?? c.expression.getText();
  return calls.some(isGauge) && !calls.some((c) => changes.test(nameOf(c)));
}

const METRICS =
  /^(os|v8|perf_hooks|systeminformation|pidusage|prom-client|@opentelemetry\/.*|hot-shots|node-statsd|statsd-client|express-prom-bundle)$/;

/** Names of methods that go elsewhere, where nobody knows of what. */
const GOES_OUT =
  /^(fetch|query|find\w*|update\w*|insert\w*|save|send\w*|publish|post|load\w*|refresh\w*|sync\w*|poll\w*|process\w*|flush\w*|import\w*|export\w*|generate\w*|check\w*|run\w*|notify\w*|request|axios)$/;

/** Whether a function, or one that it calls, speaks to anything but this process and its log. */
function asksOutside(program: Program, fn: Fn, depth: number, seen: Set<Fn>): boolean {
  if (seen.has(fn) || depth > SWEEP_DEPTH) return false;
  seen.add(fn);
  const own = fn.calls.some((call) => {
    if (isLog(program, fn.unit, call) || isLogged(program, fn.unit, call)) return false;
    const found = program.phases.callees.get(call) ?? [];
    const callees = found.flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
    if (callees.length > 0) return callees.some((one) => asksOutside(program, one, depth + 1, seen));
    const callee = bare(call.expression);
    const name = member(callee)?.name ?? program.names.text(fn.unit, callee);
    return GOES_OUT.test(name) || found.some((v: Value) => v.t === 'ext' && !OF_THE_PROCESS.test(v.module));
  });
  return own || fn.unit.functions.some((one) => one.parent === fn && asksOutside(program, one, depth, seen));
}

/** Whether a call writes to the log: of a known library, by an imported or promised name, or a function that does only that. */
export function isLog(program: Program, unit: Unit, call: ts.CallExpression | ts.NewExpression): boolean {
  if (LOGS.test(program.names.text(unit, call.expression))) return true;
  const found = program.phases.callees.get(call) ?? [];
  if (found.some((v) => v.t === 'ext' && LOGGERS.test(v.module))) return true;
  const callees = found.flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
  return callees.length > 0 && callees.every((fn) => onlyLogs(program, fn));
}

/** `log(level, text) { console.log(new Date().toISOString(), JSON.stringify({ level, text })); }` */
function onlyLogs(program: Program, fn: Fn): boolean {
  const isDirect = (c: ts.Node) => ts.isCallExpression(c) && LOGS.test(program.names.text(fn.unit, c.expression));
  const isWithin = (c: ts.Node) => {
    for (let at = c.parent; at && !ts.isStatement(at); at = at.parent) if (isDirect(at)) return true;
    return false;
  };
  return (
    fn.writes.every((w) => isOwnLocal(fn, w.target)) &&
    fn.calls.some(isDirect) &&
    fn.calls.every((c) => isDirect(c) || isWithin(c) || WORDS.test(c.expression.getText()))
  );
}

function isOwnLocal(fn: Fn, target: ts.Expression): boolean {
  let at = bare(target);
  for (let next = member(at); next; next = member(at)) at = bare(next.object);
  return ts.isIdentifier(at) && lookup(fn.unit, at, at.text)?.owner === fn;
}

const WORDS =
  /^(JSON\.stringify|Object\.(keys|entries|assign)|Date|String|Number|Math\.\w+|Array\.isArray)$|\.(toISOString|toLocale\w*String|toString|toUpperCase|padStart|padEnd|join|map|repeat)$/;
const LOGGERS = /^(winston|pino|bunyan|log4js|debug|signale|loglevel|tslog|consola|npmlog|@tryghost\/logging)$/;

/** Whether a call is there to be logged only. */
export function isLogged(program: Program, unit: Unit, call: ts.Node): boolean {
  for (let at = call.parent; at && !ts.isStatement(at); at = at.parent) {
    if (ts.isCallExpression(at) && isLog(program, unit, at)) return true;
  }
  return false;
}

/** Packages that look at this process, compute or log. */
const OF_THE_PROCESS =
  /^(global:|lodash|path|util|events|os|v8|perf_hooks|process|winston|pino|bunyan|log4js|debug|chalk|picocolors|dayjs|moment|date-fns|@tryghost\/logging)/;
const SWEEP_DEPTH = 3;
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
      return OF_CONTAINERS.test(member(bare(call.expression))?.name ?? call.expression.getText());
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
      if (over && program.holders.ofExpression(fn.unit, over).some((h) => stateful.has(h.key))) found = true;
    });
    return found;
  });
}

const LOGS = /^(this\.)?_?(console|logger|logging|log|debug)\b/;
const WRITES =
  /^(writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|outputFile|outputFileSync|outputJson|outputJsonSync|writeJson|writeJsonSync|writeJSON|writeJSONSync|rename|renameSync|copyFile|copyFileSync|move|moveSync|copy|copySync|mv)$/;
const OF_FILES = /^(fs|node:fs|fs-extra|graceful-fs|path|mz\/fs|global:.*|.*log.*)(\/|$)/;
const MINOR_WRITES =
  /^(unlink|unlinkSync|rm|rmSync|rmdir|rmdirSync|remove|removeSync|mkdir|mkdirSync|mkdirp|ensureDir|ensureDirSync|emptyDir|truncate|utimes)$/;
/** `options.logFile`, `crashLogPath` */
const OF_A_LOG = /\b\w*([a-z]Log|\blog)(s|ger)?(File|Path|Dir|Folder|Name|Stream|Filename)\b/;
const FILE_MODULES =
  /^(fs|fs\/promises|fs-extra|graceful-fs|jsonfile|write-file-atomic|mz\/fs|mkdirp|rimraf|mv|write-json-file|@verdaccio\/file-locking)$/;

function files(program: Program, unit: Unit): Draft[] {
  const perFunction = new Map<Fn, { fn: Fn; node: ts.Node; minor: boolean; text: string }[]>();
  for (const fn of unit.functions) {
    if (!program.phases.isRun(fn)) continue;
    for (const call of fn.calls) {
      const at = member(bare(call.expression));
      const found = (program.phases.callees.get(call) ?? []).filter(
        (v) => v.t === 'ext' && FILE_MODULES.test(v.module),
      );
      const [value] = found;
      const name =
        value?.t === 'ext'
          ? value.path
              .split('.')
              .at(-1)!
              .replace(/Async$/, '') || value.module
          : '';
      const isUpload =
        at?.name === 'mv' && /\.(files?|upload|image|avatar)\b|file/i.test(program.names.text(unit, at.object));
      const isWrite = WRITES.test(name) || /^(write-file-atomic|mv|write-json-file)$/.test(name) || isUpload;
      if (!isWrite && !MINOR_WRITES.test(name)) continue;
      const [first, second] = call.arguments ?? [];
      const target = `${fileText(program, unit, first)} ${/^(rename|copy|move|mv)/.test(name) ? fileText(program, unit, second) : ''}`;
      if (/tmpdir|mkdtemp|os\.tmp|\btemp|\btmp|['"`]\/dev\//i.test(target) && !/^(rename|move|copy)/.test(name))
        continue;
      if (/\blogs?\b|\.log\b|\.pid\b|heapdump|heapsnapshot/i.test(target) || OF_A_LOG.test(target)) continue;
      const outer = outermost(fn);
      perFunction.set(outer, [...(perFunction.get(outer) ?? []), { fn, node: call, minor: !isWrite, text: target }]);
    }
  }
  return [...perFunction].flatMap(([fn, sites]): Draft[] => {
    const main = sites.find((s) => !s.minor) ?? sites[0]!;
    const isMinor = sites.every((s) => s.minor);
    // Written, handed on and removed again.
    const isPassing = (s: (typeof sites)[number]) =>
      !isMove(s.node) &&
      (sites.some((other) => isWithin(other.fn, s.fn) && removes(other.node, s.node)) ||
        isUploaded(program, s.fn, s.node));
    if (!isMinor && sites.every((s) => s.minor || isPassing(s))) return [];
    const route = program.phases.pathTo(main.fn);
    const isPublic = route?.entry.kind === 'public' || route?.entry.kind === 'callback';
    // Into its own folder, and for no request: what is built here is built by every replica alike.
    const isBuild = isPublic && /\b__dirname\b|import\.meta\.(url|dirname)/.test(main.text);
    return [
      {
        ...{ rule: 'local-file', kind: 'local-files', unit, node: main.node, name: `${textOf(main.node, 60)}` },
        message: `\`${fn.name}\` writes to the disk of one replica.`,
        // Cleaning up after an upload is no state; what is cleaned up may be.
        confidence: (isMinor ? 0.45 : 0.82) * (isPublic ? 0.85 : 1) * (isBuild ? 0.6 : 1),
        writes: [main, ...sites.filter((s) => s !== main)],
      },
    ];
  });
}

const isMove = (call: ts.Node) =>
  ts.isCallExpression(call) && /(^|\.)(rename|copy|move|mv)/.test(call.expression.getText());

/** `writeFile(path, …); …; unlink(path)` */
function removes(call: ts.Node, written: ts.Node): boolean {
  if (!ts.isCallExpression(call) || !ts.isCallExpression(written) || call.pos < written.pos) return false;
  const isRemoval = /^(unlink|rm|remove)(Sync)?$/.test(
    member(bare(call.expression))?.name ?? call.expression.getText(),
  );
  const [path] = call.arguments;
  return isRemoval && path !== undefined && written.arguments[0]?.getText() === path.getText();
}

/** `await writeFile(path, data); await storage.upload(path)`: it is written to be handed to somebody outside. */
function isUploaded(program: Program, fn: Fn, written: ts.Node): boolean {
  const path = ts.isCallExpression(written) ? written.arguments[0] : undefined;
  if (!path || !ts.isIdentifier(bare(path)) || lookup(fn.unit, path, path.getText())?.owner !== fn) return false;
  return fn.calls.some((call) => {
    const found = program.phases.callees.get(call) ?? [];
    return (
      call.pos > written.end &&
      call.arguments?.[0]?.getText() === path.getText() &&
      member(bare(call.expression)) !== undefined &&
      !/^(push|unshift|set|add)$/.test(member(bare(call.expression))!.name) &&
      !found.some((v) => /^(global|fn|box)$/.test(v.t) || (v.t === 'ext' && OF_FILES.test(v.module)))
    );
  });
}

function fileText(program: Program, unit: Unit, expr: ts.Expression | undefined): string {
  if (!expr) return '';
  let text = program.names.text(unit, expr);
  walk(expr, (node) => {
    if (!ts.isIdentifier(node)) return;
    const sym = lookup(unit, node, node.text);
    // `tmp.file((error, path) => …)`
    const giver = sym?.param?.fn.node.parent;
    if (giver && ts.isCallExpression(giver) && program.values.of(unit, giver.expression).some(isTemporary))
      text += ' tmp';
    for (const { expr: stored } of sym?.values ?? []) text += ` ${program.names.text(unit, stored).slice(0, 120)}`;
  });
  return text;
}

const isTemporary = (v: Value) => v.t === 'ext' && /^(tmp|tmp-promise|temp|tempy|temp-dir|temp-write)$/.test(v.module);

function outermost(fn: Fn): Fn {
  let at = fn;
  while (at.parent && at.parent.parent && !at.cls) at = at.parent;
  return at;
}

/** An emitter that lives as long as the process, and that functions use to tell others something. */
function emitters(program: Program, unit: Unit): Draft[] {
  const drafts: Draft[] = [];
  for (const fn of unit.functions) {
    for (const call of fn.calls) {
      if (!ts.isNewExpression(call)) continue;
      const found = program.phases.callees.get(call) ?? [];
      const isEmitter = found.some(
        (v) => (v.t === 'ext' && v.module === 'events') || (v.t === 'global' && v.path === 'EventTarget'),
      );
      const cls = found.find((v) => v.t === 'cls');
      const isOwn =
        cls?.t === 'cls' &&
        cls.cls.parentExpr !== undefined &&
        program.values.of(cls.cls.unit, cls.cls.parentExpr).some((v) => v.t === 'ext' && v.module === 'events');
      if (!isEmitter && !isOwn) continue;
      // `emit(event) { client.publish(…) }`: what it says goes elsewhere.
      if (cls?.t === 'cls' && cls.cls.methods.has('emit')) continue;
      const home = program.holders.home(unit, call);
      const lasting =
        home && /^(variable|static|global|locals)$/.test(home.kind)
          ? 1
          : home?.kind === 'field' || home?.kind === 'closure'
            ? program.holders.lifetime(
                home,
                unit.functions.filter((f) => f.parent === fn),
              ).process
            : 0;
      if (lasting === 0) continue;
      const uses = program.units.flatMap((u) =>
        u.functions.flatMap((f) =>
          f.calls
            .filter((c) => emits(program, f, c, call, cls?.t === 'cls' ? cls.cls : undefined))
            .map((node) => ({ fn: f, node })),
        ),
      );
      const emitted = uses.filter((u) => program.phases.isRun(u.fn));
      if (emitted.length > 0 && emitted.every((u) => isToldToAll(program, u.fn))) continue;
      // By the name others know it by; or because a request makes it tell.
      const named =
        /bus|event|emitter|hub|broker|notif|pubsub|channel|signal|message/i.test(
          `${home?.sym ? program.names.ofSym(home.sym) : home?.name} ${cls?.t === 'cls' && cls.cls.sym ? program.names.ofSym(cls.cls.sym) : ''}`,
        ) || emitted.some((u) => /^(request|consumer)$/.test(program.phases.pathTo(u.fn)?.entry.kind ?? ''));
      if (emitted.length === 0 && !(isEmitter && named)) continue;
      drafts.push({
        ...{ rule: 'emitter', kind: 'event-bus', unit, node: home?.decl ?? call, name: home?.name ?? 'emitter' },
        message: `The emitter \`${home?.name}\` reaches listeners in the same process only.`,
        confidence: lasting * (isEmitter ? (emitted.length > 0 ? 0.88 : 0.7) : named ? 0.66 : 0.45),
        writes: emitted.length > 0 ? emitted : [{ fn, node: call }],
        ...(home && { holder: home }),
      });
    }
  }
  return drafts;
}

/** `subscriber.on('message', …)` of a client of a package: every replica hears it. */
function isToldToAll(program: Program, fn: Fn): boolean {
  const entry = program.phases.pathTo(fn)?.entry;
  if (entry?.kind !== 'consumer' || !ts.isCallExpression(entry.node)) return false;
  const at = member(bare(entry.node.expression));
  const made = at && program.values.of(entry.fn.unit, at.object);
  return at?.name === 'on' && (made?.some((v) => v.t === 'ext' && /redis|nats|mqtt|^pg/.test(v.module)) ?? false);
}

/** What every server and stream says of itself. */
const OF_ITSELF = /^(error|close|end|finish|listening|ready|drain)$/;

function emits(
  program: Program,
  fn: Fn,
  call: ts.CallExpression | ts.NewExpression,
  made: ts.Node,
  cls: Cls | undefined,
): boolean {
  const at = member(bare(call.expression));
  if (!at || !/^(emit|emitAsync|dispatchEvent)$/.test(at.name)) return false;
  const [event] = call.arguments ?? [];
  if (event && ts.isStringLiteralLike(event) && OF_ITSELF.test(event.text)) return false;
  return program.values
    .of(fn.unit, at.object)
    .some((v) => ('node' in v && v.node === made) || (v.t === 'inst' && v.cls.kind !== 'object' && v.cls === cls));
}

function chdir(program: Program, unit: Unit): Draft[] {
  return unit.functions.flatMap((fn) =>
    fn.calls.flatMap((call): Draft[] => {
      const text = call.expression.getText();
      if (
        !program.phases.isRun(fn) ||
        !/^(request|consumer|timer|event)$/.test(program.phases.pathTo(fn)?.entry.kind ?? '')
      )
        return [];
      if ((call.arguments?.length ?? 0) === 0 && text.startsWith('process.')) return [];
      const isEnv = /^dotenv(\.config)?$/.test(text);
      if (!/^process\.(chdir|umask)$/.test(text) && !isEnv) return [];
      return [
        {
          rule: 'process',
          kind: 'environment',
          unit,
          node: call,
          name: text,
          message: `\`${text}\` changes the whole process while it serves.`,
          confidence: 0.8,
          writes: [{ fn, node: call }],
        },
      ];
    }),
  );
}
