import ts from 'typescript';
import type { Holder } from '../engine/holders.ts';
import type { Fn, Unit, Write } from '../engine/model.ts';
import { lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, isFunctionNode, isReset, member, walk } from '../engine/syntax.ts';
import type { Value } from '../engine/values.ts';
import { createDerived, type Derived } from './derived.ts';
import { createSaid } from './said.ts';
import { createTold } from './told.ts';
import type { Use } from './uses.ts';
import { looksExternal } from './purity.ts';
import { isWithin } from '../engine/within.ts';

/** What is known of a piece of state from how it is used; nothing of it changes when the program's own names do. */
export interface Facts {
  readonly shape: ReadonlySet<Shape>;
  /** Words of what it is looked up by, of what is kept, of routes and answers; and its name, where that is a text. */
  readonly keys: string;
  readonly stored: string;
  readonly said: string;
  readonly name: string;
  readonly statuses: ReadonlySet<number>;
}

export type Shape =
  | 'map'
  | 'list'
  | 'number'
  | 'boolean'
  | 'scalar'
  | 'timer'
  /** A number that goes up, alone or one of many under a key; compared with a limit. */
  | 'counted'
  | 'counted-by-key'
  | 'limited'
  /** Counted where something failed, and set back. */
  | 'failures'
  | 'fifo'
  | 'promise'
  | 'connection'
  | 'function'
  | 'client'
  | 'toggled'
  /** A flag that whoever sets it asks before. */
  | 'guarded'
  | 'switch'
  | 'switches'
  | 'fetched'
  | 'given'
  | 'time'
  | 'only-time'
  | 'window'
  | 'random-key'
  | 'random-value'
  | 'random-choice'
  | 'first-time'
  /** Taken out again, and not because time has passed. */
  | 'released'
  /** Nothing is kept under a key but that it was there, or when. */
  | 'marks';

const MOST_KEYS = 12;
const MOST_STORED = 24;
const MOST_SAID = 10;
const RANDOM = /^(random|randomUUID|randomBytes|randomInt|nanoid|uuid|uuidv4|v4|generateSecret)$/;
const SPOKEN_TO = /^(write|send|emit|terminate|ping|sendUTF|writeSSE|sendEvent)$/;
const HEARS = /^(on|once|addEventListener)$/;

/** Reads the facts of one holder after the other; remembers what it has learnt about functions. */
export function createFacts(program: Program) {
  const told = createTold(program);
  const said = createSaid(program);

  return (holder: Holder, held: readonly Value[], writes: readonly Write[], uses: readonly Use[]): Facts => {
    const own = new Set<ts.Node>(uses.map((u) => u.node));
    const shape = new Set<Shape>();
    const from = createDerived(own);
    const keys = keysOf(writes, uses);
    const stored = writes.flatMap((w) =>
      w.values
        .filter((v) => (v !== w.key || w.how === 'add') && w.op !== 'update')
        .map((value) => ({ write: w, value })),
    );
    shapesOfContainer(shape, held, writes);
    if (firstValues(holder).some(isBoolean)) shape.add('boolean');
    for (const one of stored) shapesOfValue(shape, one);
    for (const write of writes) shapesOfWrite(shape, write, from, holder);
    togglesOf(shape, writes);
    if (writes.some((w) => w.how === 'push') && writes.some((w) => isHandedOn(w, own))) shape.add('fifo');
    if (
      writes.some(
        (w) =>
          /^(set|add)$/.test(w.how) ||
          (w.key && w.op === 'assign' && ts.isElementAccessExpression(w.target) && member(w.target)?.name === '*'),
      )
    )
      shape.add('map');
    const fns = new Set([...uses.map((u) => u.fn), ...writes.map((w) => w.fn)]);
    for (const fn of fns) shapesOfReads(shape, fn, from, own, writes);
    if (shape.has('time') && stored.every(({ write, value }) => isMoment(write.fn.unit, value) || isZero(value)))
      shape.add('only-time');
    if (writes.some(isRelease)) shape.add('released');
    if (
      shape.has('map') &&
      (shape.has('only-time') ||
        stored.every(({ write, value }) => write.how === 'add' || isMark(write.fn.unit, value)))
    )
      shape.add('marks');
    const keyWords = few(
      keys.flatMap(({ unit, expr }) => [...told(unit, expr)]),
      MOST_KEYS,
    );
    const storedWords = few(
      stored.flatMap(({ write, value }) => [...told(write.fn.unit, value)]),
      MOST_STORED,
    );
    if (keys.some(({ unit, expr }) => isRandom(unit, expr, 0))) shape.add('random-key');
    if (shape.has('map') && stored.some(({ write, value }) => isRandom(write.fn.unit, value, 0)))
      shape.add('random-value');
    // What a caller gives is somebody's request only where one can see that it comes from outside.
    if (storedWords === '') shape.delete('given');
    const heard = said(fns, from);
    return {
      ...{ shape, keys: keyWords, stored: storedWords, statuses: heard.statuses },
      said: few(heard.texts, MOST_SAID),
      name: /^(global|locals|foreign)$/.test(holder.kind) ? holder.name.replace(/^(globalThis|app\.locals)\./, '') : '',
    };
  };

  function shapesOfValue(shape: Set<Shape>, { write, value }: { write: Write; value: ts.Expression }): void {
    const { unit } = write.fn;
    const at = resolved(unit, value);
    if (partsOf(at).some((part) => settlesPromise(unit, part))) shape.add('promise');
    if (ts.isCallExpression(at) && /^set(Timeout|Immediate)$/.test(at.expression.getText())) shape.add('timer');
    if (isTime(unit, value)) shape.add('time');
    if (isPromise(unit, value, at)) shape.add('promise');
    if (looksExternal(program, write.fn, value) === 'data') shape.add('fetched');
    if (isChoice(at)) shape.add('random-choice');
    if (isConnection(unit, value)) shape.add('connection');
    if (isListener(write, value)) shape.add('function');
    if ([...partsOf(value), ...partsOf(at)].some((part) => program.values.of(unit, part).some(isClient)))
      shape.add('client');
    if (
      write.op === 'assign' &&
      !shape.has('fetched') &&
      program.values.of(unit, value).length === 0 &&
      comesFromRequest(write.fn, value)
    )
      shape.add('given');
  }

  /** What a handler answers with, what a listener of connections gets, and what is spoken to as one. */
  function isConnection(unit: Unit, value: ts.Expression): boolean {
    return partsOf(value).some((part) => {
      const one = bare(part);
      const sym = ts.isIdentifier(one) ? lookup(unit, one, one.text) : undefined;
      if (!sym?.param || sym.param.path?.length) return false;
      const route = program.phases.pathTo(sym.owner);
      if (sym.param.index === 1 && route?.entry.kind === 'request' && route.entry.fn === sym.owner) return true;
      return sym.owner.calls.some((call) => {
        const on = member(bare(call.expression));
        return on !== undefined && HEARS.test(on.name) && bare(on.object).getText() === one.getText();
      });
    });
  }

  /** `new Promise((done, failed) => { waiting.set(id, { done, failed }); })`: whoever asked waits for it. */
  function settlesPromise(unit: Unit, part: ts.Expression): boolean {
    const sym = ts.isIdentifier(bare(part)) ? lookup(unit, part, part.getText()) : undefined;
    const up = sym?.param && !sym.param.path && sym.param.fn.node.parent;
    return up !== undefined && up !== false && ts.isNewExpression(up) && up.expression.getText() === 'Promise';
  }

  /** A promise that is kept without being waited for: somebody else's work in flight. */
  function isPromise(unit: Unit, value: ts.Expression, at: ts.Expression): boolean {
    const one = bare(value);
    const sym = ts.isIdentifier(one) ? lookup(unit, one, one.text) : undefined;
    // `let asked = asking.get(id); if (!asked) asked = ask(id).finally(…);`
    if (at === one && sym?.kind === 'var' && sym.owner !== unit.module && sym.values.length > 1)
      return sym.values.some(
        ({ expr, path }) => path.length === 0 && bare(expr) !== one && isPromise(unit, expr, bare(expr)),
      );
    if (isWaitedFor(value) || isWaitedFor(at)) return false;
    if (program.values.of(unit, value).some((v) => v.t === 'box' && v.type === 'promise')) return true;
    if (!ts.isCallExpression(at)) return ts.isNewExpression(at) && at.expression.getText() === 'Promise';
    if (/^(then|finally|catch)$/.test(member(bare(at.expression))?.name ?? '')) return true;
    return program.values
      .of(unit, at.expression)
      .some(
        (v) =>
          v.t === 'fn' &&
          ts.canHaveModifiers(v.fn.node) &&
          ts.getModifiers(v.fn.node)?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword),
      );
  }

  /** Made up: by a function of the platform, a package, or a function of the program that gives that back. */
  function isRandom(unit: Unit, value: ts.Expression, depth: number): boolean {
    let found = false;
    walk(resolved(unit, value), (node) => {
      if (found || isFunctionNode(node)) return false;
      if (!ts.isCallExpression(node)) return true;
      const callee = bare(node.expression);
      for (const v of program.values.of(unit, callee)) {
        if (v.t === 'ext' && RANDOM.test(v.path === '' ? v.module : v.path.replace(/^.*\./, ''))) found = true;
        if (v.t === 'fn' && depth < 2 && v.fn.returns.some((one) => isRandom(v.fn.unit, one, depth + 1))) found = true;
      }
      const at = member(callee);
      if (at && RANDOM.test(at.name) && /^(Math|crypto)$/.test(at.object.getText())) found = true;
      return !found;
    });
    return found;
  }

  function comesFromRequest(fn: Fn, value: ts.Expression): boolean {
    let found = false;
    walk(value, (node) => {
      const sym = ts.isIdentifier(node) ? lookup(fn.unit, node, node.text) : undefined;
      if (sym?.kind === 'param') found = true;
    });
    return found;
  }

  function shapesOfReads(
    shape: Set<Shape>,
    fn: Fn,
    from: Derived,
    own: ReadonlySet<ts.Node>,
    writes: readonly Write[],
  ): void {
    const { unit } = fn;
    if (fn === unit.module) return;
    walk(fn.node, (node) => {
      if (ts.isCallExpression(node)) {
        const callee = bare(node.expression);
        const at = member(callee);
        const object = at && bare(at.object);
        const isPart = object !== undefined && from.element(unit, object);
        if (isPart && SPOKEN_TO.test(at!.name)) shape.add('connection');
        if ((ts.isIdentifier(callee) || ts.isElementAccessExpression(callee)) && from.element(unit, callee))
          shape.add('function');
      }
      if (ts.isBinaryExpression(node) && /^[<>]=?$/.test(node.operatorToken.getText())) {
        const sides = [node.left, node.right];
        const [mine, other] = from.is(unit, node.left) ? sides : [...sides].reverse();
        if (!from.is(unit, mine!)) return;
        if (sides.some((side) => isTime(unit, side))) shape.add('window');
        else if (!/^(size|length)$/.test(member(bare(mine!))?.name ?? '') && !isZero(other!)) shape.add('limited');
      }
    });
    if (shape.has('boolean') && writes.some((w) => w.fn === fn && isGuarded(w, from))) shape.add('guarded');
    if (writes.some((w) => w.fn === fn && isFirstTime(unit, w, own))) shape.add('first-time');
  }
}

/** What a value can be, or is put together of. */
function partsOf(value: ts.Expression): ts.Expression[] {
  const at = bare(value);
  if (ts.isObjectLiteralExpression(at))
    return at.properties.flatMap((p) =>
      ts.isPropertyAssignment(p) ? partsOf(p.initializer) : ts.isShorthandPropertyAssignment(p) ? [p.name] : [],
    );
  if (ts.isArrayLiteralExpression(at)) return at.elements.flatMap(partsOf);
  if (ts.isConditionalExpression(at)) return [...partsOf(at.whenTrue), ...partsOf(at.whenFalse)];
  const isEither = ts.isBinaryExpression(at) && /^(\|\||\?\?|&&|(\|\||\?\?)?=)$/.test(at.operatorToken.getText());
  return isEither ? [...partsOf(at.left), ...partsOf(at.right)] : [at];
}

/** `emitter.on(name, given); kept.set(name, given);` */
function isListener(write: Write, value: ts.Expression): boolean {
  const at = bare(value);
  return (
    ts.isIdentifier(at) &&
    write.fn.calls.some((call) => {
      const hears = /^(on|once|addListener|addEventListener|subscribe)$/.test(
        member(bare(call.expression))?.name ?? '',
      );
      return hears && (call.arguments ?? []).some((one) => ts.isIdentifier(one) && one.text === at.text);
    })
  );
}

/** Made by a package, and no value of its own: a client, a pool, an agent. */
const isClient = (value: Value) =>
  value.t === 'ext' &&
  value.how === 'new' &&
  !/^(global:.*|graphql.*|moment|luxon|dayjs|bson|uuid|events|stream|url|buffer|bignumber.*|decimal.*|ajv|yaml|lru.*|node-cache)$/.test(
    value.module,
  ) &&
  !/(Error|Exception|Type|Schema|Date|Id|Cache|Emitter|Map|Set|Buffer|Stream|URL|Parser|Model|Router)$/.test(
    value.path,
  );

/** `if (seen.has(id)) return; … seen.add(id)`: done only the first time. */
function isFirstTime(unit: Unit, write: Write, own: ReadonlySet<ts.Node>): boolean {
  const key = write.key?.getText();
  const value = write.values.find((v) => v !== write.key);
  if (key === undefined || (value && !isMark(unit, value))) return false;
  let found = false;
  walk(write.fn.node, (node) => {
    if (!ts.isIfStatement(node) || found) return;
    walk(node.expression, (part) => {
      if (!own.has(part) || !part.parent) return;
      const up = part.parent;
      const isAsked =
        (ts.isElementAccessExpression(up) && up.argumentExpression.getText() === key) ||
        (ts.isPropertyAccessExpression(up) &&
          /^(has|includes|get)$/.test(up.name.text) &&
          ts.isCallExpression(up.parent) &&
          up.parent.arguments[0]?.getText() === key) ||
        (ts.isBinaryExpression(up) && up.operatorToken.kind === ts.SyntaxKind.InKeyword && up.left.getText() === key);
      const negated = /^\(?!/.test(node.expression.getText());
      const within = node.thenStatement.pos <= write.node.pos && write.node.end <= node.thenStatement.end;
      if (isAsked && (negated ? within : !within)) found = true;
    });
  });
  return found;
}

/** `delete held[key]`, `held.delete(key)`, `held[key] = false`, unless a timer does it. */
function isRelease(write: Write): boolean {
  const up = write.fn.node.parent;
  if (up && ts.isCallExpression(up) && /^set(Timeout|Interval)$/.test(up.expression.getText())) return false;
  if (write.op === 'delete' || write.how === 'delete') return true;
  return (
    write.key !== undefined &&
    write.op === 'assign' &&
    /^(false|null|undefined)$/.test(write.values[0]?.getText() ?? '')
  );
}

/** `if (running) return; running = true;` */
function isGuarded(write: Write, from: Derived): boolean {
  if (bare(write.values[0] ?? write.target).kind !== ts.SyntaxKind.TrueKeyword) return false;
  let found = false;
  walk(write.fn.node, (node) => {
    if (ts.isIfStatement(node) && node.pos < write.node.pos && from.is(write.fn.unit, node.expression)) found = true;
    return !found;
  });
  return found;
}

/** `true`, `1`, the time: nothing that anybody would look up. */
function isMark(unit: Unit, value: ts.Expression): boolean {
  const at = bare(value);
  return ts.isNumericLiteral(at) || at.kind === ts.SyntaxKind.TrueKeyword || isMoment(unit, at);
}

function shapesOfContainer(shape: Set<Shape>, held: readonly Value[], writes: readonly Write[]): void {
  for (const value of held) {
    if (value.t === 'box' && value.type === 'array') shape.add('list');
    if (value.t === 'box' && /^(map|set|object)$/.test(value.type)) shape.add('map');
    if (value.t === 'inst' && value.cls.kind === 'object') {
      shape.add(isRecord(writes) ? 'scalar' : 'map');
      const parts = [...value.cls.fieldValues.values()].flat();
      if (!isRecord(writes) && parts.length > 0 && parts.every(isBoolean)) shape.add('switches');
    }
    if (value.t === 'lit') {
      if (/^-?\d/.test(value.node.getText())) shape.add('number');
      else if (isBoolean(value.node)) shape.add('boolean');
    }
  }
}

/** What it is declared with; where that is nothing, whatever it gets: no write is the first. */
function firstValues({ sym, cls, field = '', kind }: Holder): readonly ts.Node[] {
  const all = sym
    ? sym.values.map((v) => v.expr)
    : ((kind === 'static' ? cls?.staticValues : cls?.fieldValues)?.get(field) ?? []);
  const declared = all.filter((value) => !ts.isBinaryExpression(value.parent) || value.parent.right !== value);
  return declared.length > 0 ? declared : all;
}

const isBoolean = (node: ts.Node) => /^(true|false)$/.test(node.getText());
const isZero = (node: ts.Node) => /^(0|null|undefined|void 0)$/.test(node.getText());

function shapesOfWrite(shape: Set<Shape>, write: Write, from: Derived, holder: Holder): void {
  if (isCounting(write, from)) {
    const isOne =
      shape.has('number') || (!shape.has('map') && holder.sym?.constant !== true && ts.isIdentifier(write.target));
    shape.add(isOne || shape.has('scalar') || !isKeyed(write) ? 'counted' : 'counted-by-key');
    for (let at: ts.Node = write.node; at.parent && at !== write.fn.node; at = at.parent)
      if (ts.isCatchClause(at)) shape.add('failures');
  }
  const [value] = write.values;
  if (value && write.op === 'assign' && shape.has('boolean') && !isBoolean(bare(value)) && !isReset(value))
    shape.add('switch');
}

/** `x++`, `x += 1`, `x = x + 1`, `map.set(key, (map.get(key) || 0) + 1)`. */
function isCounting(write: Write, from: Derived): boolean {
  if (write.op === 'update') return true;
  const value = write.values.findLast((v) => v !== write.key);
  if (!value) return false;
  const at = resolved(write.fn.unit, value);
  if (/^[+-]=$/.test(write.how)) return !ts.isStringLiteralLike(at) && !ts.isTemplateExpression(at);
  return partsOf(at).some((part) => {
    if (!ts.isBinaryExpression(part) || !/^[+-]$/.test(part.operatorToken.getText())) return false;
    return ts.isNumericLiteral(bare(part.right)) && from.is(write.fn.unit, part.left);
  });
}

/** Whether a write is to something under a key: `table[key] += 1`, `entry.count += 1` of an entry. */
const isKeyed = (write: Write) =>
  write.op === 'call' || ts.isElementAccessExpression(write.target) || member(write.target) !== undefined;

/** `state.banner = …`: an object with named fields, not a table. */
function isRecord(writes: readonly Write[]): boolean {
  return writes.every((w) => (w.op === 'assign' || w.op === 'update') && (member(w.target)?.name ?? '*') !== '*');
}

function togglesOf(shape: Set<Shape>, writes: readonly Write[]): void {
  const hows = new Set(writes.map((w) => w.how));
  const taken = writes.some(
    (w) => (/^(shift|pop)$/.test(w.how) && !isDropped(w)) || (w.how === 'splice' && w.values[0]?.getText() === '0'),
  );
  if ((hows.has('push') || hows.has('unshift')) && taken) shape.add('fifo');
  const flags = writes.filter((w) => w.op === 'assign' && w.values[0] && isBoolean(bare(w.values[0])));
  if (
    flags.length === 0 ||
    writes.some((w) => ts.isElementAccessExpression(w.target) && member(w.target)?.name === '*')
  )
    return;
  const isSet = (w: Write) => bare(w.values[0]!).kind === ts.SyntaxKind.TrueKeyword;
  const isToggled = flags.some((a) =>
    flags.some((b) => isSet(a) !== isSet(b) && (isWithin(a.fn, b.fn) || isWithin(b.fn, a.fn))),
  );
  shape.add(isToggled ? 'toggled' : 'boolean');
}

/** `if (recent.length > 20) recent.pop();`: nobody wants what is taken out. */
function isDropped({ node, target }: Write): boolean {
  let at = node.parent;
  while (ts.isAsExpression(at) || ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at)) at = at.parent;
  if (!ts.isExpressionStatement(at)) return false;
  const up = ts.isBlock(at.parent) ? at.parent.parent : at.parent;
  const asked = ts.isIfStatement(up) || ts.isWhileStatement(up) ? bare(up.expression) : undefined;
  if (!asked || !ts.isBinaryExpression(asked) || !/^>=?$/.test(asked.operatorToken.getText())) return false;
  const size = member(bare(asked.left));
  const isOf = size !== undefined && bare(size.object).getText() === bare(target).getText();
  return isOf && /^(size|length)$/.test(size.name) && !isZero(asked.right);
}

/** `const batch = waiting; waiting = [];`: what was filled is taken as a whole. */
function isHandedOn(write: Write, own: ReadonlySet<ts.Node>): boolean {
  const [value] = write.values;
  if (write.op !== 'assign' || !value || !/^(\[\s*\]|new Map\(\))$/.test(value.getText())) return false;
  let found = false;
  walk(write.fn.node, (node) => {
    if (!own.has(node) || !node.parent || node.pos > write.node.pos) return;
    const up = node.parent;
    if ((ts.isVariableDeclaration(up) && up.initializer === node) || ts.isSpreadElement(up)) found = true;
    if (ts.isCallExpression(up) && up.arguments.some((a) => a === node)) found = true;
  });
  return found;
}

/** What the state is looked up by, where it is written and where it is read. */
function keysOf(writes: readonly Write[], uses: readonly Use[]): { unit: Unit; expr: ts.Expression }[] {
  const found = writes.flatMap((w) => (w.key ? [{ unit: w.fn.unit, expr: w.key }] : []));
  for (const { unit, node } of uses) {
    const up = node.parent;
    if (ts.isElementAccessExpression(up) && up.expression === node) found.push({ unit, expr: up.argumentExpression });
    const call = up.parent;
    if (ts.isPropertyAccessExpression(up) && up.expression === node && call && ts.isCallExpression(call)) {
      const [first] = call.arguments;
      if (first && /^(get|has|includes|indexOf|delete|hasOwnProperty)$/.test(up.name.text))
        found.push({ unit, expr: first });
    }
    if (ts.isBinaryExpression(up) && up.operatorToken.kind === ts.SyntaxKind.InKeyword && up.right === node)
      found.push({ unit, expr: up.left });
  }
  return found.filter(({ expr }) => !ts.isNumericLiteral(bare(expr)));
}

/** The expression that a local variable stands for, where there is only one. */
function resolved(unit: Unit, value: ts.Expression): ts.Expression {
  const at = bare(value);
  const sym = ts.isIdentifier(at) ? lookup(unit, at, at.text) : undefined;
  if (sym?.kind !== 'var' || sym.owner === unit.module || sym.values.length !== 1 || sym.values[0]!.path.length > 0)
    return at;
  return bare(sym.values[0]!.expr);
}

/** A moment, and nothing with it. */
function isMoment(unit: Unit, value: ts.Expression): boolean {
  const at = resolved(unit, value);
  return !ts.isObjectLiteralExpression(at) && !ts.isArrayLiteralExpression(at) && isTime(unit, at);
}

function isTime(unit: Unit, expr: ts.Expression): boolean {
  let found = false;
  const look = (node: ts.Node, depth: number): void =>
    walk(node, (at) => {
      if (found || isFunctionNode(at)) return false;
      const text = ts.isCallExpression(at) || ts.isNewExpression(at) ? at.expression.getText() : '';
      if (/^(Date|Date\.now|performance\.now|process\.hrtime(\.bigint)?)$/.test(text)) found = true;
      if (ts.isIdentifier(at) && depth < 2) {
        const sym = lookup(unit, at, at.text);
        if (sym?.kind === 'var' && sym.owner !== unit.module)
          for (const { expr: inner } of sym.values) look(inner, depth + 1);
      }
      return !found;
    });
  look(expr, 0);
  return found;
}

/** `Math.random() < 0.5 ? 'A' : 'B'`: somebody is put into a group. */
const isChoice = (at: ts.Expression) =>
  ts.isConditionalExpression(at) &&
  /\bMath\.random\(/.test(at.condition.getText()) &&
  ts.isLiteralExpression(bare(at.whenTrue));

const isWaitedFor = (node: ts.Node): boolean =>
  ts.isAwaitExpression(node) ||
  (node.parent !== undefined &&
    (ts.isAwaitExpression(node.parent) ||
      ts.isYieldExpression(node.parent) ||
      (ts.isParenthesizedExpression(node.parent) && isWaitedFor(node.parent))));

const phrases = (texts: readonly string[]) => [...new Set(texts)].sort().join(' . ');

/** The same, unless it is so much that the state is everybody's, and no word says more than another. */
function few(texts: readonly string[], most: number): string {
  return new Set(texts).size > most ? '' : phrases(texts);
}
