import { isBuiltin } from 'node:module';
import ts from 'typescript';
import type { Holder } from '../engine/holders.ts';
import type { Lifetime } from '../engine/lifetimes.ts';
import type { Cls, Fn, Sym, Unit, Write } from '../engine/model.ts';
import { enclosingFn, lookup } from '../engine/parse.ts';
import { isPrivateDeclaration } from '../engine/names.ts';
import { isGuardedInObject, isGuardedOnce, leaves } from '../engine/once.ts';
import { isInitName } from '../engine/phases.ts';
import type { Program } from '../engine/program.ts';
import { bare, isInteropName, isReset, isSame, member, walk } from '../engine/syntax.ts';
import type { Value } from '../engine/values.ts';
import { ofProof } from './confidence.ts';
import type { Draft } from './draft.ts';
import { isHarmless } from './harmless.ts';
import { type Place, withKinds } from './kind.ts';
import { isOfAnotherThis, isSettled } from './settled.ts';
import { type Usage, usageOf } from './usage.ts';
import { words } from './vocabulary.ts';
import { isPureMemo, looksExternal } from './purity.ts';

interface Candidate {
  readonly holder: Holder;
  readonly writes: Write[];
  readonly loadWrites: Write[];
}

/** State that functions change while the server runs: variables, fields, closures, globals. */
export function findWritten(program: Program, onUnit: (count: number) => void = () => {}): Draft[] {
  const candidates = new Map<string, Candidate>();
  program.units.forEach((unit, i) => {
    for (const fn of unit.functions) for (const write of fn.writes) collect(program, candidates, write);
    onUnit(i + 1);
  });
  const places: Place[] = [];
  for (const candidate of merged(program, candidates)) {
    const draft = judge(program, candidate);
    if (draft) places.push({ draft, held: valuesOf(program, draft.holder, candidate.loadWrites) });
  }
  return oneStory(withKinds(program, places));
}

const MANY = 4;

/** Many fields of a class that the same functions change in the same way are one story, told once at the first field. */
function oneStory(drafts: readonly Draft[]): Draft[] {
  const groups = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const isField = draft.rule === 'written-field' && draft.holder?.cls?.kind !== 'object';
    const writers = Math.min(...draft.writes.map((w) => w.fn.node.pos));
    const key = isField
      ? `${draft.unit.path}:${draft.holder?.cls?.name}:${writers}:${draft.kind}`
      : draft.name + draft.unit.path + draft.node.pos;
    groups.set(key, [...(groups.get(key) ?? []), draft]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first || group.length < MANY) return group;
    const others = group
      .slice(1)
      .map((d) => `\`${d.holder?.field}\``)
      .join(', ');
    return [{ ...first, message: `${first.message} So are ${others}.`, writes: group.flatMap((d) => d.writes) }];
  });
}

function collect(program: Program, candidates: Map<string, Candidate>, write: Write): void {
  for (let fn: Fn | undefined = write.fn; fn; fn = fn.parent)
    if (isInteropName(fn.name) && !ts.isCallExpression(fn.node.parent)) return;
  for (const holder of program.holders.ofWrite(write)) {
    // A constructor fills its own fields: nobody shares them yet.
    if (holder.cls && (write.fn.cls === holder.cls || inherits(holder, write.fn)) && isConstruction(write.fn)) continue;
    if (holder.cls?.kind === 'class' && (isSetUp(program, write.fn, holder.cls) || isOfNewOne(write))) continue;
    const known = candidates.get(holder.key) ?? { holder, writes: [], loadWrites: [] };
    candidates.set(holder.key, known);
    (program.phases.isRun(write.fn) ? known.writes : known.loadWrites).push(write);
  }
}

/** Also `Base.extend({ constructor: function () { … } })`, as classes were written before there were any. */
const isConstruction = (fn: Fn) =>
  fn.cls !== undefined &&
  (fn.cls.ctor === fn || fn.cls.init === fn || (fn.cls.kind === 'object' && fn.cls.methods.get('constructor') === fn));
/** A method that only the constructor calls. */
function isSetUp(program: Program, fn: Fn, cls: Cls, depth = 0): boolean {
  const sites = program.phases.callers.get(fn) ?? [];
  if (fn.cls !== cls || depth > 3 || sites.length === 0 || program.phases.pathTo(fn)?.entry.fn === fn) return false;
  return sites.every(({ fn: by }) => by.cls === cls && (isConstruction(by) || isSetUp(program, by, cls, depth + 1)));
}

/** `const one = new C(); one.kept = given;`: nobody else has it yet. */
function isOfNewOne(write: Write): boolean {
  const on = member(write.target)?.object;
  const sym = on && ts.isIdentifier(bare(on)) ? lookup(write.fn.unit, on, (bare(on) as ts.Identifier).text) : undefined;
  const [stored] = sym?.values ?? [];
  return (
    sym?.kind === 'var' &&
    sym.owner === write.fn &&
    sym.owner !== write.fn.unit.module &&
    sym.values.length === 1 &&
    ts.isNewExpression(bare(stored!.expr))
  );
}

const inherits = (_holder: Holder, fn: Fn) => isConstruction(fn);

/** Scalar fields of one plain object are one finding at the object: `stats.hits`, `stats.misses`. */
function merged(program: Program, candidates: Map<string, Candidate>): Candidate[] {
  const result = new Map<string, Candidate>();
  for (const candidate of candidates.values()) {
    const { holder } = candidate;
    let target = holder;
    if (holder.kind === 'field' && holder.cls?.kind === 'object') {
      if (isOfAnotherThis(program, holder, candidate.writes)) continue;
      // `cache.client ??= connect()`: made once, as a variable of that name would be.
      if (isMadeOnce(program, candidate)) continue;
      const values = (holder.cls.fieldValues.get(holder.field ?? '') ?? []).flatMap((v) => [
        ...program.values.of(holder.unit, v),
      ]);
      const isContainer = values.some((v) => v.t === 'box' || (v.t === 'inst' && v.cls.kind === 'object'));
      const home = program.holders.home(holder.unit, holder.cls.node);
      // An object in a field is one thing; the tables of a module's state object are one each.
      if (home && (!isContainer || home.kind === 'field')) target = home;
      else if (home) target = { ...holder, name: `${home.name}.${holder.field}` };
    }
    const known = result.get(target.key) ?? { holder: target, writes: [], loadWrites: [] };
    result.set(target.key, known);
    known.writes.push(...candidate.writes);
    known.loadWrites.push(...candidate.loadWrites);
  }
  return [...result.values()];
}

function isMadeOnce(program: Program, { holder, writes }: Candidate): boolean {
  const counted = writes.filter((write) => counts(program, holder, write));
  return (
    counted.length > 0 &&
    counted.every((w) => w.op === 'assign' && !isInner(program, holder, w)) &&
    wholeValue(program, holder, counted) === undefined
  );
}

type Stored =
  | 'reset'
  | 'literal'
  | 'lazy'
  | 'function'
  | 'fresh'
  | 'timer'
  | 'time'
  | 'handle'
  | 'fetched'
  | 'argument'
  | 'derived'
  | 'computed';

function judge(program: Program, candidate: Candidate): Place['draft'] | undefined {
  const { holder } = candidate;
  const writes = candidate.writes.filter((write) => counts(program, holder, write));
  // What an argument points at is somebody else's; who, the callers would have told.
  if (holder.sym?.kind === 'param' && writes.some((w) => isInner(program, holder, w))) return undefined;
  if (writes.length === 0) return undefined;
  const lifetime = program.holders.lifetime(
    holder,
    writes.map((w) => w.fn),
  );
  if (lifetime.process === 0) return undefined;
  if (holder.kind === 'global' && /^process\.(title|exitCode|stdout|stderr)$/.test(holder.name)) return undefined;
  if (holder.kind === 'foreign' && /^(winston|pino|log4js|bunyan|debug|loglevel)\b/.test(holder.name)) return undefined;
  const held = valuesOf(program, holder, candidate.loadWrites);
  if (held.length > 0 && held.every((v) => v.t === 'box' && /^(weak|async-local|regexp)$/.test(v.type)))
    return undefined;
  if (isHarmless(program, holder, held, writes) || isSettled(program, holder, writes)) return undefined;
  const inner = writes.filter((w) => isInner(program, holder, w));
  const whole = writes.filter((w) => !inner.includes(w));
  let confidence = 0.92 * lifetime.process;

  if (inner.length === 0) {
    const verdict = wholeValue(program, holder, whole);
    if (verdict === undefined) return undefined;
    confidence *= verdict;
  } else if (isPureMemo(program, holder, inner) || alwaysTheSame(inner) || inner.every(isOfModules)) return undefined;
  else if (isLateTable(program, holder, inner)) confidence *= 0.45;
  if (writes.every((w) => /^(sort|reverse)$/.test(w.how))) return undefined;
  if (holder.kind === 'foreign') confidence *= foreign(holder, writes);
  if (/\.prototype$/.test(holder.name)) return undefined;
  // A registry of metrics belongs to its process.
  if (
    writes.some((w) =>
      w.values.some((v) =>
        program.values
          .of(w.fn.unit, v)
          .some((x) => x.t === 'ext' && /^(prom-client|@opentelemetry\/.*|hot-shots|node-statsd)$/.test(x.module)),
      ),
    )
  )
    return undefined;
  if (/^(logger|log|_?debug|tracer)$/i.test(promised(program, holder))) return undefined;
  return {
    ...place(program, candidate, writes),
    rule: holder.kind === 'foreign' ? 'foreign-module' : `written-${holder.kind}`,
    confidence: confidence * ofProof(program, holder, writes),
    message: message(holder, lifetime),
    writes,
    holder,
  };
}

/** `schema.fields.acl = { type: 'Array' }`: whoever does it, and however often, the outcome is one. */
function alwaysTheSame(writes: readonly Write[]): boolean {
  const told = new Map<string, string>();
  return writes.every((w) => {
    const value = w.values[0] && bare(w.values[0]);
    if (w.op !== 'assign' || w.how !== '=' || !value || (member(w.target)?.name ?? '*') === '*') return false;
    const name = member(w.target)!.name;
    const filled =
      ts.isBinaryExpression(value) &&
      /^(\|\||\?\?)$/.test(value.operatorToken.getText()) &&
      value.left.getText() === w.target.getText();
    const text = value.getText();
    if (!filled && (!isConstant(value) || (told.get(name) ?? text) !== text)) return false;
    if (!filled) told.set(name, text);
    return true;
  });
}

/** A local variable that holds a module or a part of one. */
function isOfModule(fn: Fn, name: ts.Node): boolean {
  const local = ts.isIdentifier(name) ? lookup(fn.unit, name, name.text) : undefined;
  const [stored] = local?.values ?? [];
  return local?.owner === fn && local.values.length === 1 && LOADS.test(stored!.expr.getText());
}

const LOADS = /^[\s(]*(await\s+)?(require|import)\(/;

/** `loaded[name] ??= await import(file)`: modules are the same in every process, whoever needs them first. */
function isOfModules(write: Write): boolean {
  const value = write.values.at(-1);
  return value !== undefined && LOADS.test(value.getText());
}

function isConstant(node: ts.Expression): boolean {
  const at = bare(node);
  if (ts.isObjectLiteralExpression(at))
    return (
      at.properties.length > 0 &&
      at.properties.every(
        (p) => ts.isPropertyAssignment(p) && !ts.isComputedPropertyName(p.name) && isConstant(p.initializer),
      )
    );
  if (ts.isArrayLiteralExpression(at)) return at.elements.length > 0 && at.elements.every(isConstant);
  return ts.isStringLiteralLike(at) || ts.isNumericLiteral(at);
}

/** Mutator calls count only on containers: `redis.set()` changes Redis. */
function counts(program: Program, holder: Holder, write: Write): boolean {
  if (holder.kind === 'foreign') return write.op === 'assign' || write.op === 'define' || write.how === 'Object.assign';
  if (write.op !== 'call' || write.how.includes('.')) return true;
  const held = program.values.of(write.fn.unit, write.target);
  if (held.some((v) => v.t === 'box' && v.type !== 'weak' && v.type !== 'async-local' && v.type !== 'date'))
    return true;
  if (held.some((v) => v.t === 'box' && v.type === 'weak')) return false;
  // `outbox.add(…)` of what has an `add` of its own: what that changes is told there.
  if (held.some((v) => v.t === 'inst' && v.cls.methods.has(write.how))) return false;
  if (holder.kind === 'global' && held.some((v) => v.t === 'ext')) return false;
  if (/^(locals|global)$/.test(holder.kind)) return true;
  // `gauge.set({ queue }, 3)` tells a metrics library.
  if (write.values[0] && ts.isObjectLiteralExpression(bare(write.values[0])) && write.how === 'set') return false;
  if (held.some((v) => v.t === 'ext')) return false;
  // `const { outbox } = deps`: what somebody handed in and nobody can see.
  if (
    holder.sym &&
    held.every((v) => v.t === 'content') &&
    program.values.ofSym(holder.sym).every((v) => v.t === 'content')
  )
    return false;
  if (held.some((v) => v.t === 'content'))
    return /^(push|pop|shift|unshift|splice|set|add|delete|clear)$/.test(write.how);
  if (held.length > 0) return false;
  return /^(push|unshift|splice|shift|pop)$/.test(write.how) || /\b(Map|Set|Array)<|\[\]/.test(annotation(holder.decl));
}

function annotation(decl: ts.Node): string {
  const at = ts.isIdentifier(decl) ? decl.parent : decl;
  const type = (at as { type?: ts.TypeNode }).type;
  return type ? type.getText() : '';
}

function valuesOf(program: Program, holder: Holder, loadWrites: readonly Write[]): readonly Value[] {
  if (/^(global|locals)$/.test(holder.kind))
    return loadWrites.flatMap((w) => w.values.flatMap((v) => [...program.values.of(w.fn.unit, v)]));
  if (holder.sym) return program.values.ofSym(holder.sym);
  if (holder.cls && holder.field) {
    const stored =
      (holder.kind === 'static' ? holder.cls.staticValues : holder.cls.fieldValues).get(holder.field) ?? [];
    return stored.flatMap((v) => [...program.values.of(holder.cls!.unit, v)]);
  }
  return [];
}

/** Whether the write changes something inside, and not the variable as a whole. */
function isInner(program: Program, holder: Holder, write: Write): boolean {
  // `app.set('title', …)` sets it anew; `app.get('carts')[id] = …` changes what is in it.
  if (holder.key.startsWith('hung:'))
    return write.how === 'set' ? !isSetOn(program, write) : member(write.target)?.name !== holder.name;
  if (write.op === 'call' || write.op === 'define') return true;
  if (write.op === 'delete') return holder.field === undefined || member(write.target)?.name !== holder.field;
  if (ts.isIdentifier(write.target)) return false;
  const at = member(write.target);
  if (!at) return false;
  if (/^(global|locals|environment|foreign)$/.test(holder.kind))
    return !program.holders.ofWrite(write).some((h) => h.key === holder.key);
  return !(holder.field !== undefined ? at.name === holder.field : holder.name.endsWith(`.${at.name}`));
}

/** A variable or field that only changes as a whole: undefined when that is the same in every process, else a factor. */
function wholeValue(program: Program, holder: Holder, writes: readonly Write[]): number | undefined {
  const name = words(promised(program, holder));
  let usage: Usage | undefined;
  const used = () => (usage ??= usageOf(program, holder));
  const stored = writes.map((write) => ({
    write,
    kind: storedKind(program, write),
    once:
      isOnce(write) ||
      isGuardedOnce(write.fn, write.node) ||
      (startsOrEnds(program, write) && !isServed(program, write)),
  }));
  const real = stored.filter(({ kind }) => kind !== 'reset');
  // Set and unset again while serving: a flag or a call in flight, not something that is made once.
  const texts = new Set(writes.flatMap((w) => w.values.map((v) => bare(v).getText())));
  const toggles = texts.has('true') && texts.has('false');
  const released = stored.some(
    ({ kind, write }) =>
      kind === 'reset' &&
      (isReleasedByItself(write, writes) || (isServed(program, write) && !isOnce(write) && !isAtEnd(program, write))),
  );
  if (real.length === 0) return undefined;
  // What an application is told where nobody is served: its settings.
  if (holder.key.startsWith('hung:') && real.every(({ write }) => !isServed(program, write))) return undefined;
  if (holder.kind === 'environment') return real.every(({ write }) => isCleaned(program, write)) ? undefined : 1;
  if (
    /\b(is )?(ready|started|initiali[sz]ed|shutting|shutdown|closing|closed|stopping|stopped|listening|draining|healthy|alive|online|exit called|terminating|exiting|warned|installed|inited|bootstrapped|booted|did init|loaded|registered|patched|configured|disposed|destroyed)( down| up| off| once)?$/.test(
      name,
    ) &&
    real.every(({ kind }) => kind === 'literal')
  ) {
    return undefined;
  }
  if (real.every(({ kind }) => kind === 'literal')) {
    // What is connected, or on its way up or down, is so in this process.
    // Set and unset by one function, it says that the function is running.
    const told = (write: Write) => write.values[0]?.getText();
    const isHeld = toggles && writes.some((a) => writes.some((b) => a.fn === b.fn && told(a) !== told(b)));
    if (
      stored.some(({ write }) => isToldOfConnection(program, write)) &&
      writes.every((w) => /^(true|false)$/.test(told(w) ?? ''))
    )
      return 0.3;
    if (
      !isHeld &&
      stored.every(
        ({ write }) => tellsOfConnection(program, write) || (startsOrEnds(program, write) && !isServed(program, write)),
      )
    )
      return 0.3;
    // A flag that goes one way only: something was done once in this process.
    const isOneWay = !toggles && texts.size === 1 && /^(true|false)$/.test([...texts][0]!);
    if (
      isOneWay &&
      (stored.every(({ write }) => !isServed(program, write) || (holder.kind === 'field' && isAtEnd(program, write))) ||
        isOwnGuard(program, holder, writes))
    )
      return 0.5;
  }
  if (real.every(({ kind }) => kind === 'lazy')) return undefined;
  if (real.every(({ kind }) => kind === 'handle')) return undefined;
  if (
    !toggles &&
    !released &&
    real.every(
      ({ kind, once, write }) =>
        /^(lazy|handle|computed|fresh|function|literal|time|timer)$/.test(kind) &&
        (once || isGuarded(program, write.fn, write.node)),
    )
  )
    return undefined;
  if (
    real.every(
      ({ kind, write }) =>
        /^(argument|function|computed)$/.test(kind) &&
        (startsOrEnds(program, write) ||
          /^(set|reset|use|with|inject|provide)[A-Z_]|^set$/.test(program.names.ofFn(write.fn)) ||
          (kind === 'argument' && ((isOfOne(holder) && isSetter(write.fn)) || used().worksOnly))) &&
        program.phases.pathTo(write.fn)?.entry.kind === 'public',
    )
  ) {
    return undefined;
  }
  // `exports.app = args.app`: what a framework hands over while it starts.
  if (
    real.every(
      ({ kind, write }) =>
        ((kind === 'argument' || kind === 'handle') &&
          /(^|\.)(app|server|httpServer|io|router|logger|log|db|database|knex|sequelize|redis|express|fastify|koa|container|strapi|runtime)$/.test(
            write.values[0] ? program.names.text(write.fn.unit, write.values[0]) : '',
          )) ||
        (kind === 'argument' && /^(app|server|io|router|expressApp|httpServer)$/.test(promised(program, holder))),
    )
  )
    return undefined;
  if (real.every(({ kind }) => kind === 'timer' || kind === 'handle')) {
    const debounced = writes.some(
      (w) =>
        /clearTimeout/.test(w.fn.node.getText()) && /setTimeout/.test(w.fn.node.getText()) && !setsItself(program, w),
    );
    return debounced &&
      real.some(({ kind }) => kind === 'timer') &&
      real.every(({ write }) => !/setInterval/.test(write.values[0]?.getText() ?? ''))
      ? 0.9
      : undefined;
  }
  if (toggles || released) return 1;
  // What is called was loaded, and is no data.
  if (real.every(({ once, kind }) => once && kind === 'fetched') && used().isCalled) return undefined;
  if (real.every(({ once, kind }) => once && kind === 'fetched'))
    return real.every(({ write }) => startsOrEnds(program, write) && !isServed(program, write)) ? 0.5 : 0.72;
  if (real.every(({ once }) => once)) return 0.62;
  if (
    real.every(
      ({ kind, write }) =>
        kind === 'function' || (kind === 'argument' && isSetter(write.fn) && used().isCalled && used().worksOnly),
    )
  )
    return 0.4;
  // What is told to an object from outside, by nobody we know: how it is set up.
  if (
    holder.kind === 'field' &&
    holder.cls?.kind !== 'object' &&
    real.every(
      ({ kind, write }) =>
        (kind === 'argument' || kind === 'computed') && program.phases.pathTo(write.fn)?.entry.kind === 'public',
    )
  )
    return 0.5;
  return 1;
}

/** `process.env.PATH = strip(process.env.PATH)`: the same afterwards, however often it is done. */
function isCleaned(program: Program, { fn, target, values: [value] }: Write): boolean {
  const at = value && bare(value);
  if (!at || !ts.isCallExpression(at) || at.arguments.length === 0) return false;
  const isOfItself = at.arguments.every(
    (one, i) => isSame(one, target) || (i > 0 && ts.isLiteralExpression(bare(one))),
  );
  return isOfItself && !program.values.of(fn.unit, at.expression).some((v) => v.t === 'global');
}

/** `going ??= start().finally(() => { going = undefined; })`: what is under way, until it is done. */
const isReleasedByItself = (reset: Write, writes: readonly Write[]) =>
  writes.some((w) => w.values.some((v) => v.pos <= reset.node.pos && reset.node.end <= v.end));

function isServed(program: Program, write: Write): boolean {
  return /^(request|consumer|timer|event)$/.test(program.phases.pathTo(write.fn)?.entry.kind ?? '');
}

/** `timer = setTimeout(() => poll())` in `poll`: a schedule, and told as that. */
function setsItself(program: Program, write: Write): boolean {
  if (program.phases.pathTo(write.fn)?.entry.kind !== 'timer') return false;
  let found = false;
  for (const value of write.values)
    walk(value, (node) => {
      const callee = ts.isCallExpression(node) ? node.expression : ts.isIdentifier(node) ? node : undefined;
      if (callee && program.values.of(write.fn.unit, callee).some((v) => v.t === 'fn' && v.fn === write.fn))
        found = true;
    });
  return found;
}

/** `app.set('name', value)` */
const isSetOn = (program: Program, write: Write) =>
  write.op === 'call' && write.how === 'set' && program.values.isApplication(write.fn.unit, write.target);

function storedKind(program: Program, write: Write): Stored {
  if (write.op === 'update') return 'derived';
  if (write.op === 'delete') return 'reset';
  const first = isSetOn(program, write) ? write.values.at(-1) : write.values[0];
  if (first === undefined) return 'computed';
  if (isReset(first)) return 'reset';
  if (!/^(=|\?\?=|\|\|=)$/.test(write.how) && !isSetOn(program, write)) return 'derived';
  let value = bare(first);
  if (ts.isBinaryExpression(value) && /^(\|\||\?\?)$/.test(value.operatorToken.getText()))
    value = bare(isSame(value.left, write.target) ? value.right : value.left);
  // `const { A, B } = await import('a-and-b'); kept = { A, B };`
  const parts = ts.isObjectLiteralExpression(value) ? value.properties.map((p) => p.name ?? value) : [value];
  if (parts.length > 0 && parts.every((part) => isOfModule(write.fn, part))) return 'lazy';
  const text = value.getText();
  if (
    value.kind === ts.SyntaxKind.TrueKeyword ||
    value.kind === ts.SyntaxKind.FalseKeyword ||
    ts.isLiteralExpression(value)
  )
    return 'literal';
  if (ts.isArrowFunction(value) || ts.isFunctionExpression(value) || ts.isClassExpression(value)) return 'function';
  if (ts.isIdentifier(value) && isGivenFunction(program, write.fn.unit, value)) return 'function';
  if (/^(require\(|import\()/.test(text)) return 'lazy';
  if (/^(setTimeout|setInterval|setImmediate)\(/.test(text)) return 'timer';
  if (/^(Date\.now\(|new Date\(|performance\.now|process\.hrtime|\+new Date)/.test(text)) return 'time';
  if (/\brequire\(|\bimport\(/.test(text) && !/=>/.test(text)) return 'lazy';
  if (ts.isObjectLiteralExpression(value) && keepsHandle(program, write.fn, value)) return 'handle';
  const isData = looksExternal(program, write.fn, value);
  if (isData === 'data') return 'fetched';
  if (isData === 'handle') return 'handle';
  if (mentions(write, write.target)) return 'derived';
  if (usesArguments(program, write.fn, value)) return 'argument';
  if (
    (ts.isArrayLiteralExpression(value) && value.elements.length === 0) ||
    (ts.isObjectLiteralExpression(value) && value.properties.length === 0) ||
    /^new (Map|Set|Array)\(\)$/.test(text)
  )
    return 'fresh';
  return 'computed';
}

const FEW = 3;

/** `{ key, client: new Client(key) }`: a client and what it was made with. */
function keepsHandle(program: Program, fn: Fn, value: ts.ObjectLiteralExpression): boolean {
  const kinds = value.properties.map((p) => {
    const of = ts.isPropertyAssignment(p) ? p.initializer : ts.isShorthandPropertyAssignment(p) ? p.name : undefined;
    return of && looksExternal(program, fn, of);
  });
  return kinds.length <= FEW && kinds.includes('handle') && !kinds.includes('data');
}

function mentions(write: Write, target: ts.Expression): boolean {
  const text = target.getText();
  return write.values.some((value) => {
    let found = false;
    walk(value, (node) => {
      const isRead = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
      if (isRead && node.getText() === text) found = true;
    });
    return found;
  });
}

/** Whether a value comes from what the function, or one around it, was called with. */
function usesArguments(program: Program, fn: Fn, value: ts.Expression): boolean {
  let found = false;
  // What a function that runs at the start was given is the same for every request.
  const varies = (sym: Sym | undefined) =>
    sym?.kind === 'param' &&
    // `list.map((one) => …)` gives it to itself.
    !(value.pos <= sym.decl.pos && sym.decl.end <= value.end) &&
    !isConstruction(sym.owner) &&
    (program.phases.isRun(sym.owner) || !program.phases.isLoad(sym.owner)) &&
    !isNeverGiven(program, sym);
  walk(value, (node) => {
    if (!ts.isIdentifier(node) || found) return;
    if (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) return;
    const sym = lookup(fn.unit, node, node.text);
    if (varies(sym)) found = true;
    // One step through a local variable: const { userId } = req.body.
    else if (sym?.kind === 'var' && sym.owner === fn && sym.values.length > 0) {
      for (const { expr } of sym.values) {
        walk(expr, (inner) => {
          if (ts.isIdentifier(inner) && varies(lookup(fn.unit, inner, inner.text))) found = true;
        });
      }
    }
  });
  return found;
}

/** `read(folders = null)` that is only called as `read()`. */
function isNeverGiven(program: Program, { param }: Sym): boolean {
  const sites = param ? (program.phases.callers.get(param.fn) ?? []) : [];
  return (
    sites.length > 0 &&
    sites.every(
      ({ call }) => (call.arguments ?? []).length <= param!.index && !call.arguments?.some(ts.isSpreadElement),
    )
  );
}

/** Whether something is done once by a process or an object, or only by a function of which that is true. */
function isGuarded(program: Program, fn: Fn, node: ts.Node): boolean {
  const is = (one: Fn, at: ts.Node) => isGuardedOnce(one, at) || isGuardedInObject(one, at);
  const sites = program.phases.callers.get(fn) ?? [];
  return is(fn, node) || (sites.length > 0 && sites.every((site) => is(site.fn, site.call)));
}

/** `if (!x) x = …`, `x ??= …`, `if (x) return x; x = …`: happens once in a process. */
function isOnce(write: Write): boolean {
  if (write.how === '??=' || write.how === '||=') return true;
  const text = write.target.getText();
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const [value] = write.values;
  if (
    value &&
    ts.isBinaryExpression(bare(value)) &&
    new RegExp(`^${escaped}\\s*(\\|\\||\\?\\?)`).test(bare(value).getText())
  )
    return true;
  const unset = new RegExp(
    `^\\(?(!\\s*${escaped}|${escaped}\\s*={2,3}\\s*(null|undefined|void 0)|typeof ${escaped}\\s*={2,3}\\s*['"]undefined['"])\\)?$`,
  );
  const isSet = new RegExp(
    `^\\(?((!!)?${escaped}(\\s*!={1,2}\\s*(null|undefined|void 0))?|typeof ${escaped}\\s*!={1,2}\\s*['"]undefined['"])\\)?$`,
  );
  for (let at: ts.Node = write.node; at.parent && at !== write.fn.node; at = at.parent) {
    const up = at.parent;
    if (ts.isIfStatement(up)) {
      if (up.thenStatement === at && unset.test(up.expression.getText().trim())) return true;
      if (up.elseStatement === at && isSet.test(up.expression.getText().trim())) return true;
    }
    if (
      ts.isBinaryExpression(up) &&
      up.right === at &&
      /^(\|\||\?\?)$/.test(up.operatorToken.getText()) &&
      up.left.getText() === text
    )
      return true;
    if (ts.isConditionalExpression(up) && isSet.test(up.condition.getText())) return true;
    if (ts.isBlock(up)) {
      for (const statement of up.statements) {
        if (statement === at) break;
        if (leaves(statement) && isSet.test(statement.expression.getText().trim())) return true;
      }
    }
  }
  return false;
}

const REGISTERS =
  /^(register|route|mount|define|add(Handler|Type|Plugin|Strategy|Route|Command|Helper|Rule|Model|Adapter|Provider|Hook|Job|Widget|Middleware|Validator|Processor)s?|use|install|extend|declare|provide|setHandler|setAdapter)/i;
const UNREGISTERS = /^((un|de)(register|mount|install|use|provide)|remove|clear|reset|update)/i;
const TAKES_OUT = /^(delete|splice|shift|pop|clear)$/;

/**
 * Functions and things that work, stored under a name by something called register…, or by nobody we know; taken out, where
 * they are, by something called unregister…, or what registering gives back.
 */
function isLateTable(program: Program, holder: Holder, writes: readonly Write[]): boolean {
  const nameOf = (w: Write) => program.names.ofFn(w.fn);
  const isOut = (w: Write) =>
    isOpenTo(program, w) && (UNREGISTERS.test(nameOf(w)) || (TAKES_OUT.test(w.how) && isGivenBack(writes, w)));
  const puts = writes.filter((w) => REGISTERS.test(nameOf(w)) || !isOut(w));
  const isGiven = puts.every(
    (w) => w.fn.params.length > 0 && !/^(request|consumer)$/.test(program.phases.pathTo(w.fn)?.entry.kind ?? ''),
  );
  if (!isGiven) return false;
  if (puts.every((w) => REGISTERS.test(nameOf(w)))) return true;
  const isOpen = puts.every(
    (w) =>
      isOpenTo(program, w) &&
      !TAKES_OUT.test(w.how) &&
      w.values.at(-1) !== undefined &&
      usesArguments(program, w.fn, w.values.at(-1)!),
  );
  return isOpen && usageOf(program, holder).isCalled;
}

const isOpenTo = (program: Program, w: Write) => program.phases.pathTo(w.fn)?.entry.kind === 'public';

/** `return () => handlers.delete(name)` in what puts it there. */
const isGivenBack = (writes: readonly Write[], w: Write) => writes.some((other) => other.fn === w.fn.parent);

/** The name of a holder that others have to say; '' for what is its file's own. */
function promised(program: Program, holder: Holder): string {
  if (holder.sym) return program.names.ofSym(holder.sym);
  if (holder.field !== undefined) return isPrivateDeclaration(holder.decl) ? '' : holder.field;
  return holder.name;
}

/** Whether a function is how something is started or ended, by the name that others call it. */
function startsOrEnds(program: Program, write: Write): boolean {
  if (isInitName(program.names.ofFn(write.fn)) || isFactory(program, write.fn)) return true;
  const entry = program.phases.pathTo(write.fn)?.entry;
  return entry?.kind === 'public' && isInitName(program.names.ofFn(entry.fn));
}

/** `module.exports = function (ctx) { …; return plugin; }`, by nobody known: called to set up what it gives back. */
function isFactory(program: Program, fn: Fn): boolean {
  const whole = fn.unit.exports.get('=') ?? fn.unit.exports.get('default');
  if (!whole || program.phases.pathTo(fn)?.entry.fn !== fn) return false;
  const values = whole.sym ? program.values.ofSym(whole.sym) : whole.expr ? program.values.of(fn.unit, whole.expr) : [];
  return (
    values.some((v) => v.t === 'fn' && v.fn === fn) &&
    (program.holders.handsOut(fn) || fn.unit.functions.some((one) => one.parent === fn))
  );
}

const CONNECTION_EVENTS =
  /^(open|opened|close|closed|end|error|connect|connected|disconnect|disconnected|ready|reconnect|reconnecting|reconnected|exit|drain|timeout|finish|serverOpening|serverClosed|(un)?healthy)$/i;

function eventOf(program: Program, write: Write): { event: string; call: ts.CallExpression } | undefined {
  const entry = program.phases.pathTo(write.fn)?.entry;
  if (entry?.kind !== 'event' || !ts.isCallExpression(entry.node)) return undefined;
  const [first] = entry.node.arguments;
  return first && ts.isStringLiteralLike(first) ? { event: first.text, call: entry.node } : undefined;
}

/** `client.on('end', () => { ready = false })` of a client that is one for the process. */
function tellsOfConnection(program: Program, write: Write): boolean {
  return !program.phases.isRun(write.fn) || isToldOfConnection(program, write);
}

function isToldOfConnection(program: Program, write: Write): boolean {
  const told = eventOf(program, write);
  if (!told || !CONNECTION_EVENTS.test(told.event)) return false;
  const on = member(bare(told.call.expression))?.object;
  const unit = program.phases.pathTo(write.fn)!.entry.fn.unit;
  return on !== undefined && program.values.of(unit, on).some((v) => v.t === 'ext');
}

/** A flag that only the functions look at that set it: `if (!warned) { warned = true; … }`. */
function isOwnGuard(program: Program, holder: Holder, writes: readonly Write[]): boolean {
  const writers = new Set(writes.map((w) => w.fn));
  const { reads } = usageOf(program, holder);
  return reads.length > 0 && reads.every((read) => writers.has(enclosingFn(holder.unit, read)));
}

const isOfOne = (holder: Holder) => /^(variable|static)$/.test(holder.kind) || holder.cls?.kind === 'object';

/** `(other) => { kept = other; }` and nothing else. */
const isSetter = (fn: Fn) => fn.calls.length === 0 && fn.writes.length === 1;

/** Whether a write happens because something ends. */
function isAtEnd(program: Program, write: Write): boolean {
  for (let fn: Fn | undefined = write.fn; fn; fn = fn.parent)
    if (/close|stop|end|error|disconnect|exit|reset|destroy|dispose/i.test(program.names.ofFn(fn))) return true;
  const told = eventOf(program, write);
  if (told && /close|stop|end|error|disconnect|exit|reset/i.test(told.event)) return true;
  for (let at = write.node; at.parent && at !== write.fn.node; at = at.parent) if (ts.isCatchClause(at)) return true;
  const up = write.fn.node.parent;
  return up !== undefined && ts.isCallExpression(up) && member(bare(up.expression))?.name === 'catch';
}

/** An argument that is a function, for its callers or because it is called. */
function isGivenFunction(program: Program, unit: Unit, value: ts.Identifier): boolean {
  return program.values.of(unit, value).some((v) => v.t === 'fn');
}

function foreign(holder: Holder, writes: readonly Write[]): number {
  // How Node itself is set: nobody misses it elsewhere.
  if (isBuiltin(holder.name.replace(/\..*$/, ''))) return 0.4;
  if (/\.(prototype|Promise|exports|default)\b|^(mongoose|sequelize|chai|sinon|jest)\b/.test(holder.name)) return 0.3;
  if (writes.every((w) => isOnce(w) || isConstruction(w.fn))) return 0.4;
  return 0.8;
}

function place(
  program: Program,
  { holder, loadWrites }: Candidate,
  writes: readonly Write[],
): { unit: Holder['unit']; node: ts.Node; name: string } {
  // `app.set('carts', {})` declares it.
  if (
    holder.kind === 'locals' &&
    ts.isCallExpression(holder.decl) &&
    program.phases.isLoad(enclosingFn(holder.unit, holder.decl))
  )
    return { unit: holder.unit, node: holder.decl, name: holder.name };
  // Nothing declares them: where they are set while starting, else where they are changed first.
  if (/^(environment|global|locals|foreign)$/.test(holder.kind)) {
    const from =
      (holder.kind === 'environment' || holder.kind === 'foreign'
        ? undefined
        : loadWrites.find((w) => w.op === 'assign')) ?? writes[0]!;
    return { unit: from.fn.unit, node: from.node, name: holder.name };
  }
  return { unit: holder.unit, node: holder.decl, name: holder.name };
}

function message(holder: Holder, lifetime: Lifetime): string {
  const what: Record<Holder['kind'], string> = {
    variable: 'The module-level variable',
    closure: 'The variable',
    field: 'The field',
    static: 'The static field',
    global: 'The global property',
    environment: 'The environment variable',
    locals: 'The application property',
    foreign: 'The imported module’s property',
  };
  return `${what[holder.kind]} \`${holder.name}\` is changed while the server runs; ${lifetime.because}.`;
}
