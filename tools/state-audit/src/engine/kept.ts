import ts from 'typescript';
import type { Holder } from './holders.ts';
import type { Cls, Fn, Sym, Unit } from './model.ts';
import { enclosingFn, lookup } from './parse.ts';
import type { Phases } from './phases.ts';
import { bare, member, walk } from './syntax.ts';
import type { CallSite } from './values.ts';

const DEEPEST = 8;
const LASTS = /^(variable|static|global|locals)$/;
const PUTS_IN = /^(push|unshift|set|add|append|enqueue|splice)$/;

const TRANSPARENT_CALLS = /^(Object\.(assign|freeze|seal)|Promise\.(all|allSettled|resolve))$/;

interface Asked {
  readonly phases: Phases;
  ofExpression(unit: Unit, expr: ts.Expression): readonly Holder[];
  /** Whether instances of a class live as long as the process, so that what their fields hold does. */
  lasts(cls: Cls): boolean;
}

/**
 * Whether something that lives as long as the process gets hold of what is made at a place: followed through variables,
 * objects, returns to the callers, arguments, and functions that run later, whatever any of them is called.
 */
export function createKept({ phases, ofExpression, lasts }: Asked): (unit: Unit, made: ts.Node) => boolean {
  const known = new Map<ts.Node | Sym, boolean>();
  const open = new Set<ts.Node | Sym>();
  let isCut = false;
  return (unit, made) => isKept(unit, made, 0);

  /** Answers given while a circle or the depth cut something off hold for the question asked, not for the next one. */
  function once(key: ts.Node | Sym, work: () => boolean): boolean {
    const before = known.get(key);
    if (before !== undefined) return before;
    if (open.has(key)) return cutOff();
    open.add(key);
    const found = work();
    open.delete(key);
    if (found || !isCut || open.size === 0) known.set(key, found);
    if (open.size === 0) isCut = false;
    return found;
  }

  function cutOff(): boolean {
    isCut = true;
    return false;
  }

  function isKept(unit: Unit, made: ts.Node, depth: number): boolean {
    return depth > DEEPEST ? cutOff() : once(made, () => goesOn(unit, made, depth + 1));
  }

  function goesOn(unit: Unit, made: ts.Node, depth: number): boolean {
    let at = made;
    while (isTransparent(at.parent)) at = at.parent;
    const up = at.parent;
    if (ts.isVariableDeclaration(up) && up.initializer === at && ts.isIdentifier(up.name))
      return ofSym(lookup(unit, up.name, up.name.text), depth);
    if (ts.isBinaryExpression(up) && up.right === at && isAssignment(up.operatorToken.kind))
      return into(unit, bare(up.left), depth) || isKept(unit, up, depth);
    if (ts.isPropertyAssignment(up) || ts.isShorthandPropertyAssignment(up) || ts.isSpreadAssignment(up))
      return isKept(unit, up.parent, depth);
    if (ts.isArrayLiteralExpression(up)) return isKept(unit, up, depth);
    if (ts.isPropertyDeclaration(up)) {
      const cls = unit.classOf.get(up.parent);
      return cls !== undefined && (isStatic(up) || lasts(cls));
    }
    if (ts.isExportAssignment(up)) return true;
    if (ts.isReturnStatement(up) || (ts.isArrowFunction(up) && up.body === at))
      return byMost(callsOf(enclosingFn(unit, up)), depth);
    if ((ts.isCallExpression(up) || ts.isNewExpression(up)) && up.expression !== at) return given(unit, up, at, depth);
    return false;
  }

  /** What most callers only look at is not made to last, though one of them keeps it. */
  function byMost(sites: readonly CallSite[], depth: number): boolean {
    return sites.length > 0 && 2 * sites.filter((s) => isKept(s.fn.unit, s.call, depth)).length >= sites.length;
  }

  function callsOf(fn: Fn) {
    return phases.callers.get(fn) ?? [];
  }

  /** `target = it`: a name, or a part of something. */
  function into(unit: Unit, target: ts.Expression, depth: number): boolean {
    if (ts.isIdentifier(target)) return ofSym(lookup(unit, target, target.text), depth);
    const at = member(target);
    if (!at) return false;
    return ofExpression(unit, target).some((h) => isLasting(h)) || isKeptByContainer(unit, bare(at.object), depth);
  }

  function isLasting(holder: Holder): boolean {
    if (LASTS.test(holder.kind)) return true;
    return holder.kind === 'field' && holder.cls?.kind !== 'object' && lasts(holder.cls!);
  }

  /** `table[name] = it`, `table.push(it)`, where the table lasts. */
  function isKeptByContainer(unit: Unit, object: ts.Expression, depth: number): boolean {
    if (object.kind === ts.SyntaxKind.ThisKeyword) return false;
    if (ofExpression(unit, object).some((h) => isLasting(h))) return true;
    const sym = ts.isIdentifier(object) ? lookup(unit, object, object.text) : undefined;
    return sym !== undefined && sym.kind !== 'import' && ofSym(sym, depth);
  }

  function ofSym(sym: Sym | undefined, depth: number): boolean {
    if (!sym) return false;
    if (depth > DEEPEST) return cutOff();
    if (sym.owner === sym.unit.module) return true;
    return once(sym, () => usesOf(sym).some((use) => isUseKept(sym, use, depth + 1)));
  }

  function isUseKept(sym: Sym, use: ts.Node, depth: number): boolean {
    const inside = enclosingFn(sym.unit, use);
    // A function that still runs when the one that made it has ended has it in its hands.
    if (inside !== sym.owner && phases.outlives(inside, sym.owner))
      return phases.isRun(sym.owner) ? isKept(sym.unit, inside.node, depth) : phases.isLoad(sym.owner);
    return isKept(sym.unit, use, depth);
  }

  /** What whoever is called does with an argument; what a package gets while starting it may keep. */
  function given(unit: Unit, call: ts.CallExpression | ts.NewExpression, argument: ts.Node, depth: number): boolean {
    const callee = bare(call.expression);
    const at = member(callee);
    if (TRANSPARENT_CALLS.test(callee.getText())) return isKept(unit, call, depth);
    // What is in a table is told at the table; what is in the objects there is not, unless there is one of each.
    if (at && PUTS_IN.test(at.name))
      return (
        (ts.isObjectLiteralExpression(bare(argument as ts.Expression)) ||
          isOneOfItsKind(unit, call) ||
          isOfItsName(call, argument)) &&
        isKeptByContainer(unit, bare(at.object), depth)
      );
    const index = call.arguments?.findIndex((one) => one === argument) ?? -1;
    const found = phases.callees.get(call) ?? [];
    if (found.some((v) => v.t === 'ext' && !v.module.startsWith('global:')))
      return phases.isLoad(enclosingFn(unit, call)) && !phases.isRun(enclosingFn(unit, call));
    return found.some((v) => {
      const target = v.t === 'fn' ? v.fn : v.t === 'cls' ? v.cls.ctor : undefined;
      const param = target?.params[index];
      if (!target || !param) return false;
      // `constructor(private readonly it)`
      if (target.cls?.ctor === target && target.cls.fields.get(param.name) === param.decl && lasts(target.cls))
        return true;
      return ofSym(param, depth);
    });
  }

  /** `parts.add(new Mailer(this.bus))`: of nothing that the call was given or found out, and so the same the next time. */
  function isOneOfItsKind(unit: Unit, call: ts.CallExpression | ts.NewExpression): boolean {
    let isOne = true;
    // Which class it is may well be a name of the function: `const { Mailer } = await import('./mailer')`.
    const asked = (call.arguments ?? []).flatMap((one) => (ts.isNewExpression(one) ? (one.arguments ?? []) : [one]));
    for (const argument of asked)
      walk(argument, (node) => {
        const sym = ts.isIdentifier(node) && !isName(node) ? lookup(unit, node, node.text) : undefined;
        if (sym && sym.owner !== unit.module && sym.kind !== 'import') isOne = false;
      });
    return isOne;
  }

  /** `made.set(name, makers.get(name)(deps))`: each maker is asked for what is kept under its own name. */
  function isOfItsName(call: ts.CallExpression | ts.NewExpression, argument: ts.Node): boolean {
    const at = bare(argument as ts.Expression);
    const maker = ts.isCallExpression(at) ? bare(at.expression) : undefined;
    const key =
      maker && ts.isElementAccessExpression(maker)
        ? maker.argumentExpression
        : maker && ts.isCallExpression(maker) && member(bare(maker.expression))?.name === 'get'
          ? maker.arguments[0]
          : undefined;
    return key !== undefined && call.arguments?.[0]?.getText() === key.getText();
  }

  function usesOf(sym: Sym): ts.Node[] {
    const found: ts.Node[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && node.text === sym.name && node !== sym.decl && !isName(node))
        if (lookup(sym.unit, node, node.text) === sym) found.push(node);
      ts.forEachChild(node, visit);
    };
    ts.forEachChild(sym.owner.node, visit);
    return found;
  }
}

const isName = (node: ts.Identifier) =>
  (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
  (ts.isPropertyAssignment(node.parent) && node.parent.name === node) ||
  (ts.isVariableDeclaration(node.parent) && node.parent.name === node);

const isStatic = (node: ts.PropertyDeclaration) =>
  ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) ?? false;

const isAssignment = (kind: ts.SyntaxKind) =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

/** What gives on what is in it. */
const isTransparent = (node: ts.Node) =>
  ts.isParenthesizedExpression(node) ||
  ts.isAsExpression(node) ||
  ts.isSatisfiesExpression(node) ||
  ts.isAwaitExpression(node) ||
  ts.isNonNullExpression(node) ||
  ts.isConditionalExpression(node) ||
  ts.isTypeAssertionExpression(node) ||
  ts.isSpreadElement(node) ||
  (ts.isBinaryExpression(node) && /^(\|\||\?\?|&&)$/.test(node.operatorToken.getText()));
