import ts from 'typescript';
import type { Holder } from '../engine/holders.ts';
import type { Fn, Sym, Unit, Write } from '../engine/model.ts';
import { isPrivateDeclaration } from '../engine/names.ts';
import { enclosingFn, lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, isFunctionNode, member, walk } from '../engine/syntax.ts';
import { asksToSay, isLog, isLogged } from './logs.ts';
import { isAfterFailure } from './process-wide.ts';
import { isPureFunction } from './purity.ts';
import { usageOf } from './usage.ts';

const DEEPEST = 3;

/** Where a value goes that is read: into the log, into what it is read from, into the delay of a timer, or elsewhere. */
type End = 'said' | 'itself' | 'waited' | 'elsewhere';

/**
 * A number, time or flag that ends up in lines of the log and nowhere else: how often, since when, whether it was said already.
 * So does how long this process waits before it tries again what has failed.
 */
export function isOnlySaid(program: Program, holder: Holder, writes: readonly Write[], depth = 0): boolean {
  if (holder.kind !== 'field' && holder.kind !== 'variable') return false;
  if (holder.sym && program.names.ofSym(holder.sym) !== '') return false;
  if (!writes.every((w) => (w.op === 'assign' || w.op === 'update') && isWhole(holder, w))) return false;
  if (isReadElsewhere(program, holder)) return false;
  const ends = endsOf(program, holder, depth);
  if (ends.includes('waited') && !writes.every(isBackOff)) return false;
  return (ends.includes('said') || ends.includes('waited')) && !ends.includes('elsewhere');
}

/** `this.count = 0`, and not what is kept in it under a key. */
const isWhole = ({ field }: Holder, { target }: Write) =>
  field === undefined ? ts.isIdentifier(bare(target)) : member(target)?.name === field;

/** Whether a field that others may look at is read in another file, or may be. */
function isReadElsewhere(program: Program, { field, unit, decl, key }: Holder): boolean {
  if (field === undefined || isPrivateDeclaration(decl)) return false;
  return program.units.some((other) => {
    if (other === unit || !other.source.text.includes(field)) return false;
    let found = false;
    walk(other.source, (node) => {
      const isAccess = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
      if (!isAccess || member(node)?.name !== field) return !found;
      const holders = program.holders.ofExpression(other, node);
      if (holders.length === 0 || holders.some((h) => h.key === key)) found = true;
      return !found;
    });
    return found;
  });
}

function endsOf(program: Program, holder: Holder, depth: number): End[] {
  const reads = usageOf(program, holder).reads.filter((read) => !isOnlyChanged(read));
  return reads.map((read) => endOf(program, holder, read, depth));
}

/** `kept++;`: nobody looks at it. */
function isOnlyChanged(read: ts.Node): boolean {
  const up = read.parent;
  return (
    (ts.isPostfixUnaryExpression(up) || ts.isPrefixUnaryExpression(up)) &&
    (up.operator === ts.SyntaxKind.PlusPlusToken || up.operator === ts.SyntaxKind.MinusMinusToken) &&
    ts.isExpressionStatement(up.parent)
  );
}

function endOf(program: Program, holder: Holder, read: ts.Node, depth: number): End {
  const { unit } = holder;
  if (isLogged(program, unit, read)) return 'said';
  for (let at = read; at.parent && !ts.isStatement(at); at = at.parent) {
    const up = at.parent;
    if (isFunctionNode(at)) return 'elsewhere';
    if (ts.isIfStatement(up) && up.expression === at) {
      if (!isSaying(program, holder, up, depth)) return 'elsewhere';
      return says(program, unit, up) ? 'said' : 'itself';
    }
    if (ts.isVariableDeclaration(up) && up.initializer === at && ts.isIdentifier(up.name))
      return ofLocal(program, holder, lookup(unit, up, up.name.text), depth);
    if (ts.isCallExpression(up)) {
      if (isDelay(unit, up, at)) return 'waited';
      if (up.expression !== at && !computes(program, unit, up)) return 'elsewhere';
    }
    if (ts.isReturnStatement(up) || ts.isNewExpression(up)) return 'elsewhere';
    if (!ts.isBinaryExpression(up) || up.right !== at || !/^[-+*/]?=$/.test(up.operatorToken.getText())) continue;
    const left = bare(up.left);
    const local = ts.isIdentifier(left) ? lookup(unit, left, left.text) : undefined;
    if (local && local.owner !== unit.module && local !== holder.sym) return ofLocal(program, holder, local, depth);
    const [next] = program.holders.ofExpression(unit, up.left);
    if (next?.key === holder.key) return 'itself';
    return next && depth < DEEPEST && isOnlySaid(program, next, [], depth + 1) ? 'said' : 'elsewhere';
  }
  return 'elsewhere';
}

/** `const gone = now - this.then; log(gone);` */
function ofLocal(program: Program, holder: Holder, sym: Sym | undefined, depth: number): End {
  const { unit } = holder;
  if (!sym || sym.kind !== 'var' || sym.owner === unit.module || depth >= DEEPEST) return 'elsewhere';
  const ends: End[] = [];
  walk(sym.owner.node, (node) => {
    if (!ts.isIdentifier(node) || node.text !== sym.name || lookup(unit, node, node.text) !== sym) return;
    const up = node.parent;
    const isSet = ts.isVariableDeclaration(up) || (ts.isBinaryExpression(up) && up.left === node && isAssigned(up));
    const isName = ts.isPropertyAccessExpression(up) && up.name === node;
    if (!isSet && !isName) ends.push(endOf(program, holder, node, depth + 1));
  });
  if (ends.includes('elsewhere')) return 'elsewhere';
  return ends.includes('waited') ? 'waited' : ends.includes('said') ? 'said' : 'elsewhere';
}

const isAssigned = (node: ts.BinaryExpression) => /^[-+*/]?=$/.test(node.operatorToken.getText());

/** `if (seconds > 10) { log(…); this.saidAt = now; }`: what follows from it is a line of the log. */
function isSaying(
  program: Program,
  holder: Holder,
  { thenStatement, elseStatement }: ts.IfStatement,
  depth: number,
): boolean {
  const { unit } = holder;
  return [thenStatement, ...(elseStatement ? [elseStatement] : [])].every((branch) => {
    let isFine = true;
    walk(branch, (node) => {
      if (!isFine) return false;
      if (
        ts.isReturnStatement(node) ||
        ts.isThrowStatement(node) ||
        ts.isBreakOrContinueStatement(node) ||
        ts.isAwaitExpression(node)
      )
        isFine = false;
      if (ts.isCallExpression(node) && !isLog(program, unit, node) && !isLogged(program, unit, node)) {
        isFine = computes(program, unit, node) || asksToSay(program, unit, node);
        if (isFine && asksToSay(program, unit, node)) return false;
      }
      if (ts.isNewExpression(node)) isFine &&= /^(Date|Error)$/.test(node.expression.getText());
      return isFine;
    });
    const fn = enclosingFn(unit, branch);
    const changed = fn.writes.filter((w) => w.node.pos >= branch.pos && w.node.end <= branch.end);
    return isFine && changed.every((w) => isFineToChange(program, holder, w, depth));
  });
}

function says(program: Program, unit: Unit, statement: ts.IfStatement): boolean {
  let found = false;
  walk(statement, (node) => {
    if (ts.isCallExpression(node) && isLog(program, unit, node)) found = true;
    return !found;
  });
  return found;
}

function isFineToChange(program: Program, holder: Holder, write: Write, depth: number): boolean {
  if (write.op !== 'assign' && write.op !== 'update') return false;
  const { fn, target } = write;
  const sym = ts.isIdentifier(bare(target)) ? lookup(fn.unit, target, target.getText()) : undefined;
  if (sym && sym.owner === fn && fn !== fn.unit.module) return ofLocal(program, holder, sym, depth + 1) !== 'elsewhere';
  const found = program.holders.ofWrite(write);
  return (
    found.length > 0 &&
    found.every((h) => h.key === holder.key || (depth < DEEPEST && isOnlySaid(program, h, [], depth + 1)))
  );
}

const OF_VALUES = /^(toFixed|toString|toISOString|toLocaleString|getTime|join|slice|padStart|padEnd|trim|valueOf)$/;

/** Whether a call makes one value of others, and does nothing. */
function computes(program: Program, unit: Unit, call: ts.CallExpression): boolean {
  const found = program.values.of(unit, call.expression);
  if (found.length === 0) {
    const callee = bare(call.expression);
    return (
      OF_VALUES.test(member(callee)?.name ?? '') ||
      (/^(Math\.\w+|Number|String|Date\.now|parseInt|parseFloat)$/.test(callee.getText()) &&
        !lookup(unit, callee, callee.getText().split('.')[0]!))
    );
  }
  return found.every(
    (v) =>
      (v.t === 'global' && /^(Math|Number|String|Date|parseInt|parseFloat|JSON|Object)\b/.test(v.path)) ||
      (v.t === 'ext' && OF_VALUES.test(v.path.split('.').at(-1)!)) ||
      (v.t === 'fn' && isPureFunction(program, v.fn, 0)),
  );
}

/** The second argument of `setTimeout`. */
function isDelay(unit: Unit, call: ts.CallExpression, at: ts.Node): boolean {
  const callee = bare(call.expression);
  return (
    call.arguments[1] === at &&
    ts.isIdentifier(callee) &&
    callee.text === 'setTimeout' &&
    !lookup(unit, callee, callee.text)
  );
}

/** Set to a number, or made larger of itself: a delay, and not the time at which the next one may go. */
function isBackOff(write: Write): boolean {
  const [value] = write.values;
  if (write.op === 'update' || value === undefined) return false;
  if (ts.isNumericLiteral(bare(value))) return true;
  const text = write.target.getText();
  let isOwn = true;
  walk(value, (node) => {
    const isRead = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
    if (!isRead || node.getText() === text) return node.getText() !== text;
    if (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'Math') return false;
    const isConstant = ts.isIdentifier(node) && lookup(write.fn.unit, node, node.text)?.constant;
    if (!isConstant) isOwn = false;
    return true;
  });
  return isOwn;
}

/** How often one loop of this process has failed in a row: counted and looked at where it fails, and set back where it works. */
export function isFailuresOfLoop(program: Program, holder: Holder, writes: readonly Write[]): boolean {
  const [first] = writes;
  if (!first || (holder.kind !== 'field' && holder.kind !== 'variable')) return false;
  if (isReadElsewhere(program, holder) || (holder.sym && program.names.ofSym(holder.sym) !== '')) return false;
  const { fn } = first;
  if (program.phases.pathTo(fn)?.entry.kind !== 'timer' || program.phases.pathTo(fn)?.entry.fn !== fn) return false;
  const isCounted = (w: Write) => (w.op === 'update' || w.how === '+=') && isInCatch(w.node, fn);
  const isSetBack = (w: Write) =>
    w.op === 'assign' && w.values[0] !== undefined && ts.isNumericLiteral(bare(w.values[0]));
  const { reads } = usageOf(program, holder);
  return (
    writes.some(isCounted) &&
    writes.every((w) => w.fn === fn && (isCounted(w) || isSetBack(w))) &&
    reads.every((read) => isInCatch(read, fn))
  );
}

function isInCatch(node: ts.Node, fn: Fn): boolean {
  for (let at = node; at !== fn.node && at.parent; at = at.parent) if (ts.isCatchClause(at)) return true;
  return false;
}

/**
 * What a function that only waits to try again sets: how often it was tried, that it is being tried. Somebody calls it because
 * something failed; all that it does itself is to log and to set the timeout.
 */
export function isOfRetry(program: Program, writes: readonly Write[]): boolean {
  const isBack = ({ values: [value] }: Write) =>
    value !== undefined && /^(0|false|null|undefined)$/.test(bare(value).getText());
  const set = writes.filter((w) => !isBack(w));
  return set.length > 0 && set.every((w) => isWhole(w) && waitsToTryAgain(program, w.fn));

  function isWhole({ op, target }: Write): boolean {
    const on = member(target)?.object;
    return (op === 'assign' || op === 'update') && (on === undefined || bare(on).kind === ts.SyntaxKind.ThisKeyword);
  }
}

function waitsToTryAgain(program: Program, fn: Fn): boolean {
  const isTimeout = (call: ts.Node) => ts.isCallExpression(call) && call.expression.getText() === 'setTimeout';
  return (
    fn.calls.some(isTimeout) &&
    fn.calls.every(
      (call) =>
        isTimeout(call) ||
        isLog(program, fn.unit, call) ||
        (ts.isCallExpression(call) && computes(program, fn.unit, call)),
    ) &&
    (program.phases.callers.get(fn) ?? []).some((site) => isAfterFailure(site.call, site.fn))
  );
}
