import ts from 'typescript';
import { outgoes } from '../engine/leaves.ts';
import type { Fn, Unit } from '../engine/model.ts';
import { enclosingFn } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, member, propertyName, textOf, walk } from '../engine/syntax.ts';
import type { Value } from '../engine/values.ts';
import type { Draft } from './draft.ts';
import { LIBRARIES, type LibraryRule } from './library-table.ts';
import { isPureFunction } from './purity.ts';

/** State that a library keeps because nobody told it where else: often what is absent. */
export function findLibraryState(program: Program): Draft[] {
  const drafts: Draft[] = [];
  for (const unit of program.units) {
    for (const fn of unit.functions) {
      for (const call of fn.calls) {
        const draft = judge(program, unit, fn, call);
        if (draft) drafts.push(draft);
      }
    }
  }
  // `low(new FileSync(…))` is one store, told at the outer call.
  return drafts.filter(
    (one) => !drafts.some((other) => other !== one && other.kind === one.kind && isAround(other.node, one.node)),
  );
}

function isAround(outer: ts.Node, inner: ts.Node): boolean {
  return outer.getSourceFile() === inner.getSourceFile() && outer.pos <= inner.pos && outer.end >= inner.end;
}

type Call = ts.CallExpression | ts.NewExpression;

function judge(program: Program, unit: Unit, fn: Fn, call: Call): Draft | undefined {
  const plugin = pluginOf(call);
  const subjects = [
    ...(program.phases.callees.get(call) ?? []).flatMap((v) => inherited(program, v)),
    ...(plugin ? program.values.of(unit, plugin).map((v) => ({ ...v, isPlugin: true as const })) : []),
  ];
  for (const value of subjects) {
    if (value.t !== 'ext' || value.how !== 'ref') continue;
    const isPlugin = 'isPlugin' in value;
    for (const rule of LIBRARIES) {
      if (isPlugin && !rule.plugin) continue;
      if (!rule.modules.test(value.module) || !(rule.member ?? /^(\w+)?$/).test(value.path)) continue;
      // A factory's result that is called again is another thing.
      if (rule.kind === 'local-files' && /tmpdir|['"`]\/tmp/.test(call.getText())) return undefined;
      if (/memoizer/.test(rule.says) && isPureArgument(program, unit, call)) return undefined;
      const absent = absence(program, unit, call, rule, isPlugin ? [1] : rule.options);
      if (absent === 0) return undefined;
      if (rule.needs && isOffered(call) && !isAsked(program, unit, call, rule)) return undefined;
      const lasting = lasts(program, unit, fn, call, rule);
      if (lasting === 0) continue;
      const home = program.holders.home(unit, call);
      return {
        rule: `library-${rule.kind}`,
        kind: rule.kind,
        ...{ unit, node: call, name: home?.name ?? textOf(isPlugin ? plugin! : call.expression, 60) },
        message: `${rule.says[0]!.toUpperCase()}${rule.says.slice(1)}.`,
        confidence: 0.93 * (rule.confidence ?? 1) * absent * lasting,
        writes: [{ fn, node: call }],
        ...(home && { holder: home }),
      };
    }
  }
  return undefined;
}

/** `fastify.register(session, {…})`: the plugin is passed, the framework calls it. */
function pluginOf(call: Call): ts.Expression | undefined {
  return member(bare(call.expression))?.name === 'register' ? call.arguments?.[0] : undefined;
}

/** `class OwnCache extends NodeCache`: making one makes what it extends. */
function inherited(program: Program, value: Value): readonly Value[] {
  if (value.t !== 'cls' || !value.cls.parentExpr) return [value];
  return [value, ...program.values.of(value.cls.unit, value.cls.parentExpr).filter((v) => v.t === 'ext')];
}

/** A memoizer around what is the same in every process. */
function isPureArgument(program: Program, unit: Unit, call: Call): boolean {
  const [first] = call.arguments ?? [];
  const fns = first ? program.values.of(unit, first).flatMap((v) => (v.t === 'fn' ? [v.fn] : [])) : [];
  return fns.length > 0 && fns.every((one) => isPureFunction(program, one, 0));
}

/** 0 when an option takes the state elsewhere, 1 when surely none does. `!name`: the state is local when the option is there. */
function absence(program: Program, unit: Unit, call: Call, rule: LibraryRule, options: LibraryRule['options']): number {
  if (!rule.unless) return 1;
  const wanted = rule.unless.filter((name) => !name.startsWith('!'));
  const local = rule.unless.filter((name) => name.startsWith('!')).map((name) => name.slice(1));
  let known = true;
  let isLocal = local.length === 0;
  const expected = (call.arguments ?? []).slice(...(options ?? []));
  for (const argument of call.arguments ?? []) {
    // `new Server({ adapter })` of what is also called as `new Server(http, { adapter })`.
    if (!expected.includes(argument) && !ts.isObjectLiteralExpression(bare(argument))) continue;
    const fields = optionsOf(program, unit, argument);
    if (fields === undefined) {
      const mayBeOptions =
        ts.isIdentifier(bare(argument)) ||
        member(bare(argument)) ||
        ts.isCallExpression(bare(argument)) ||
        ts.isSpreadElement(argument);
      if (mayBeOptions) known = false;
      continue;
    }
    if (wanted.some((name) => fields.has(name))) return 0;
    if (local.some((name) => fields.has(name))) isLocal = true;
    if (fields.has('...')) known = false;
  }
  // io.adapter(…) comes after new Server(…).
  const home = program.holders.home(unit, call);
  if (home && wanted.some((name) => new RegExp(`\\b${escape(home.name)}\\.${name}\\(`).test(unit.source.text)))
    return 0;
  if (!isLocal) return 0;
  return known ? 1 : 0.6;
}

/** `new WebSocketServer({ noServer: true })`: a handshake, for sockets that somebody else accepts. */
function isOffered(call: Call): boolean {
  const [first] = call.arguments ?? [];
  const given = first && bare(first);
  if (!given || !ts.isObjectLiteralExpression(given)) return false;
  return given.properties.some(
    (p) =>
      ts.isPropertyAssignment(p) &&
      propertyName(p.name) === 'noServer' &&
      p.initializer.kind === ts.SyntaxKind.TrueKeyword,
  );
}

const ENDS = /^(forEach|close|terminate|destroy|end|clear)$/;

/** Whether anybody looks at what is kept, other than to end it; whose it is may be unknown. */
function isAsked(program: Program, unit: Unit, call: Call, rule: LibraryRule): boolean {
  const home = program.holders.home(unit, call);
  const isOf = (other: Unit, on: ts.Expression) => {
    const kept = program.holders.ofExpression(other, on);
    if (home && kept.length > 0) return kept.some((h) => h.key === home.key);
    const of = program.values.of(other, on);
    return of.length === 0 || of.some((v) => v.t === 'ext' && rule.modules.test(v.module));
  };
  return program.units.some((other) => {
    if (!other.source.text.includes(rule.needs!)) return false;
    let found = false;
    walk(other.source, (node) => {
      const at = ts.isPropertyAccessExpression(node) && node.name.text === rule.needs ? node : undefined;
      if (at && !found && !isToEnd(at) && isOf(other, at.expression)) found = true;
      return !found;
    });
    return found;
  });
}

/** `for (const one of server.clients) one.terminate();` */
function isToEnd(read: ts.Node): boolean {
  let at = read;
  while (at.parent && !ts.isStatement(at)) at = at.parent;
  const told: string[] = [];
  walk(at, (node) => void (ts.isCallExpression(node) && told.push(member(bare(node.expression))?.name ?? '')));
  return told.length > 0 && told.every((name) => ENDS.test(name));
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const DEEPEST = 4;

/** Names of the options given, through variables; undefined when it is no object anybody can see. */
function optionsOf(program: Program, unit: Unit, argument: ts.Expression, depth = 0): Set<string> | undefined {
  // `let given = {}; given = { ...given }` is made of itself.
  if (depth > DEEPEST) return undefined;
  const names = new Set<string>();
  let seen = false;
  const merged = bare(argument);
  // Object.assign(defaults, { store })
  if (
    ts.isCallExpression(merged) &&
    /^(Object\.assign|(_|lodash)\.(assign|merge|extend|defaults))$/.test(program.names.text(unit, merged.expression))
  ) {
    for (const part of merged.arguments) {
      const inner = optionsOf(program, unit, part, depth + 1);
      for (const name of inner ?? ['...']) names.add(name);
    }
    return names;
  }
  for (const value of program.values.of(unit, argument)) {
    if (value.t !== 'inst' || value.cls.kind !== 'object') continue;
    seen = true;
    const literal = value.cls.node as ts.ObjectLiteralExpression;
    for (const name of [...value.cls.fieldValues.keys(), ...value.cls.methods.keys()]) names.add(name);
    // `registerAsync({ useFactory: () => ({ … }) })`
    const factory = value.cls.methods.get('useFactory');
    for (const name of factory ? made(program, factory) : []) names.add(name);
    if (names.has('useClass') || names.has('useExisting')) names.add('...');
    for (const p of literal.properties) {
      if (!ts.isSpreadAssignment(p)) {
        const name = propertyName(p.name);
        const given = ts.isPropertyAssignment(p) ? bare(p.initializer) : undefined;
        if (given && OFF.test(given.getText())) names.delete(name);
        // `redis: url ? connect(url) : undefined`: elsewhere, where somebody configured it.
        else if (given && isConditional(literal, given)) {
          names.delete(name);
          names.add('...');
        } else if (ts.isPropertyAssignment(p) && isMemoryStore(program, value.cls.unit, p.initializer))
          names.delete(name);
        continue;
      }
      const spread = bare(p.expression);
      // `...(redis && { store })`
      if (/\b(store|adapter|redis|cache|db)\b/.test(spread.getText()))
        names.add('store').add('adapter').add('redis').add('cache');
      const inner = optionsOf(program, value.cls.unit, spread, depth + 1);
      if (inner) for (const name of inner) names.add(name);
      else names.add('...');
    }
  }
  return seen ? names : undefined;
}

/** Names of the options that a factory gives back. */
function made(program: Program, factory: Fn): string[] {
  return factory.returns.flatMap((r) => {
    if (ts.isArrayLiteralExpression(bare(r))) return [];
    return [...(optionsOf(program, factory.unit, r) ?? ['...'])];
  });
}

/** `condition ? store : undefined`, and the condition does not decide of anything else, such as whether to count at all. */
function isConditional(options: ts.ObjectLiteralExpression, given: ts.Expression): boolean {
  if (!ts.isConditionalExpression(given) || ![given.whenTrue, given.whenFalse].some(isOff)) return false;
  const asked = given.condition.getText().match(/(?<![.\w$])[\w$]+$/)?.[0];
  return (
    !asked ||
    options.properties.every(
      (p) => (p.pos <= given.pos && p.end >= given.end) || !new RegExp(`\\b${escape(asked)}\\b`).test(p.getText()),
    )
  );
}

const isOff = (expr: ts.Expression) => OFF.test(bare(expr).getText());
const OFF = /^(undefined|null|false|void 0|['"]never['"]|\w+\.never)$/;

/** A store that is told, and is the memory of the process all the same. */
function isMemoryStore(program: Program, unit: Unit, expr: ts.Expression): boolean {
  if (/^['"](memory|bounded)['"]$/.test(expr.getText())) return true;
  const values = program.values.of(unit, expr);
  return (
    values.length > 0 && values.every((v) => v.t === 'ext' && /MemoryStore|InMemory\w*Cache|LRUCache/.test(v.path))
  );
}

/** Whether what the call makes lives as long as the process. */
function lasts(program: Program, unit: Unit, fn: Fn, call: Call, rule: LibraryRule): number {
  const { isLoad, isRun } = program.phases;
  if (rule.always) return 1;
  const home = program.holders.home(unit, call);
  if (home) {
    const life = program.holders.lifetime(home, insideOf(unit, fn)).process;
    if (/^(variable|static|global|locals|field)$/.test(home.kind)) return life;
    // A local variable that nothing takes along ends with the call.
    // (a socket server is kept alive by its socket).
    if (home.kind === 'closure' && home.sym && rule.kind !== 'event-bus' && !outgoes(unit, fn, home.sym)) return 0;
  }
  if (enclosingFn(unit, call) === unit.module) return 1;
  if (isLoad(fn)) return isRun(fn) ? (program.holders.handsOut(fn) ? 0.6 : 0.4) : 0.95;
  return 0;
}

function insideOf(unit: Unit, fn: Fn): Fn[] {
  return unit.functions.filter((one) => one.parent === fn);
}
