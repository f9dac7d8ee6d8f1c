import ts from 'typescript';
import type { Fn, Unit } from '../engine/model.ts';
import { lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, member } from '../engine/syntax.ts';

const LOGS = /^(this\.)?_?(console|logger|logging|log|debug)(_[cm]?[jt]s)?\b/;
/** `logging('users').info('…')` of any package. */
const LEVELS = /^(info|warn|warning|debug|trace|verbose|notice|silly)$/;

/** Whether a call writes to the log: of a known library, by an imported or promised name, or a function that does only that. */
export function isLog(program: Program, unit: Unit, call: ts.CallExpression | ts.NewExpression): boolean {
  if (LOGS.test(program.names.text(unit, call.expression))) return true;
  const found = program.phases.callees.get(call) ?? [];
  if (found.some((v) => v.t === 'ext' && LOGGERS.test(v.module))) return true;
  const level = member(bare(call.expression))?.name ?? '';
  const [text] = call.arguments ?? [];
  const isText = text !== undefined && (ts.isStringLiteralLike(text) || ts.isTemplateExpression(text));
  if (LEVELS.test(level) && isText && found.some((v) => v.t === 'ext')) return true;
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

/** `server.getConnections((problem, count) => log(count))`: asked for, to be said. */
export function asksToSay(program: Program, unit: Unit, call: ts.CallExpression | ts.NewExpression): boolean {
  const given = (call.arguments ?? []).flatMap((one) =>
    program.values.of(unit, one).flatMap((v) => (v.t === 'fn' ? [v.fn] : [])),
  );
  return (
    /^(get|count)[A-Z]/.test(member(bare(call.expression))?.name ?? '') &&
    given.length === call.arguments?.length &&
    given.length > 0 &&
    given.every(
      (fn) => fn.writes.length === 0 && fn.calls.every((c) => isLog(program, unit, c) || isLogged(program, unit, c)),
    )
  );
}
