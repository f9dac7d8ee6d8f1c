import ts from 'typescript';
import type { Cls, Fn, Unit } from '../engine/model.ts';
import { enclosingFn, lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, member, textOf, walk } from '../engine/syntax.ts';
import { isUntilDone } from '../engine/until-done.ts';
import type { Draft } from './draft.ts';
import { isToldToAll } from './everywhere.ts';
import { isHousekeeping } from './housekeeping.ts';
import { localFiles } from './local-files.ts';

/** Timers, files, emitters, the working directory: what belongs to the process or its machine. */
export function findProcessWide(program: Program, stateful: ReadonlySet<string>): Draft[] {
  return program.units.flatMap((unit) => [
    ...intervals(program, unit, stateful),
    ...localFiles(program, unit),
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
      const ticks = program.values.of(unit, callback).flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
      // Tried until it has worked once.
      if (isInterval && ticks.length > 0 && ticks.every((tick) => isUntilDone(unit, call, tick))) continue;
      const owner = again ? fn : enclosingFn(unit, call);
      const atStart =
        program.phases.isLoad(owner) || (isInterval && lastingOwner(program, owner)) || isSetLater(program, owner);
      const byUnknown = !atStart && isInterval && isStartedByUnknown(program, owner, call);
      if ((!atStart && !byUnknown) || isWithinEnd(program, owner)) continue;
      // A timer made for one request, one connection or an object of these ends with it.
      if (program.holders.passes(owner)) continue;
      if (isHousekeeping(program, unit, callback, stateful)) continue;
      drafts.push({
        ...{
          rule: isInterval ? 'interval' : 'timeout-loop',
          kind: 'schedule',
          unit,
          node: call,
          name: textOf(call, 60),
        },
        message: `${isInterval ? 'The interval' : 'The timeout that sets itself again'} runs in every replica.`,
        // What ends itself was waiting for something.
        confidence:
          (byUnknown ? 0.6 : isInterval ? 0.78 : 0.68) * (isInterval && endsItself(call, callback) ? 0.55 : 1),
        writes: [{ fn, node: call }],
      });
    }
  }
  return drafts;
}

/** Waiting for the last ones while something ends. */
function isWithinEnd(program: Program, owner: Fn): boolean {
  for (let fn: Fn | undefined = owner; fn; fn = fn.parent)
    if (/^(stop|shutdown|close|destroy|drain)/i.test(program.names.ofFn(fn))) return true;
  return false;
}

/** `timer = setInterval(() => { if (isThere) clearInterval(timer); … })` */
function endsItself(call: ts.Node, callback: ts.Expression): boolean {
  const up = call.parent;
  const kept = ts.isVariableDeclaration(up)
    ? up.name
    : ts.isBinaryExpression(up) && up.right === call
      ? up.left
      : undefined;
  if (kept === undefined) return false;
  let found = false;
  walk(callback, (node) => {
    const isEnd = ts.isCallExpression(node) && node.expression.getText() === 'clearInterval';
    if (isEnd && node.arguments[0]?.getText() === kept.getText()) found = true;
    return !found;
  });
  return found;
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
  // `defer.setInterval(function* () { … }, 5000)` of a package is that of Node for its kind of functions.
  return found.some(
    (v) => v.t === 'ext' && (v.module === 'timers' ? v.path === name : name === 'setInterval' && v.path === name),
  );
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
export function isAfterFailure(call: ts.Node, fn: Fn): boolean {
  for (let at = call; at.parent && at !== fn.node; at = at.parent) if (ts.isCatchClause(at)) return true;
  const up = fn.node.parent;
  if (!up || !ts.isCallExpression(up)) return false;
  const [first] = up.arguments;
  const event = first && ts.isStringLiteralLike(first) ? first.text : '';
  const name = member(bare(up.expression))?.name ?? '';
  return name === 'catch' || (/^(on|once)$/.test(name) && /^(error|close|end|disconnect)/.test(event));
}

/** Whether a function calls another, and not only because it failed. */
function callsBack(program: Program, from: Fn, to: Fn): boolean {
  return from.calls.some(
    (call) => program.phases.callees.get(call)?.some((v) => v.t === 'fn' && v.fn === to) && !isAfterFailure(call, from),
  );
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

/** `setTimeout(tick, untilTheFullMinute)`, said while the process starts, where `tick` sets the timer. */
function isSetLater(program: Program, owner: Fn): boolean {
  return program.units.some((unit) =>
    unit.functions.some(
      (fn) =>
        fn !== owner &&
        program.phases.isLoad(fn) &&
        fn.calls.some(
          (call) =>
            isTimer(program, unit, call, 'setTimeout') &&
            program.values.of(unit, call.arguments![0]!).some((v) => v.t === 'fn' && v.fn === owner),
        ),
    ),
  );
}

/** Nobody known calls what sets it, nothing ends it, and nobody is served by it: found by its name while starting. */
function isStartedByUnknown(program: Program, owner: Fn, call: ts.Node): boolean {
  const route = program.phases.pathTo(owner);
  if (route?.entry.kind !== 'public' || route.entry.fn !== owner || owner.cls) return false;
  let at = call.parent;
  while (!ts.isStatement(at) && !ts.isVariableDeclaration(at) && !ts.isBinaryExpression(at)) at = at.parent;
  return ts.isExpressionStatement(at);
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
        confidence: lasting * (isEmitter ? (emitted.length > 0 ? 0.75 : 0.65) : named ? 0.6 : 0.45),
        writes: emitted.length > 0 ? emitted : [{ fn, node: call }],
        ...(home && { holder: home }),
      });
    }
  }
  return drafts;
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
