import ts from 'typescript';
import type { Fn, Unit } from '../engine/model.ts';
import { lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, isFunctionNode, member, textOf, walk } from '../engine/syntax.ts';
import type { Value } from '../engine/values.ts';
import { isWithin } from '../engine/within.ts';
import type { Draft } from './draft.ts';

const WRITES =
  /^(writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|outputFile|outputFileSync|outputJson|outputJsonSync|writeJson|writeJsonSync|writeJSON|writeJSONSync|rename|renameSync|copyFile|copyFileSync|move|moveSync|copy|copySync|mv)$/;
const OF_FILES = /^(fs|node:fs|fs-extra|graceful-fs|path|mz\/fs|global:.*|.*log.*)(\/|$)/;
const MINOR_WRITES =
  /^(unlink|unlinkSync|rm|rmSync|rmdir|rmdirSync|remove|removeSync|mkdir|mkdirSync|mkdirp|ensureDir|ensureDirSync|emptyDir|truncate|utimes)$/;
/** `options.logFile`, `crashLogPath` */
const OF_A_LOG = /\b\w*([a-z]Log|\blog)(s|ger)?(File|Path|Dir|Folder|Name|Stream|Filename)\b/;
const FILE_MODULES =
  /^(fs|fs\/promises|fs-extra|graceful-fs|jsonfile|write-file-atomic|mz\/fs|mkdirp|rimraf|mv|write-json-file|@verdaccio\/file-locking)$/;

/** What functions that run while serving write to the disk of this machine, unless it is temporary, a log, or removed again. */
export function localFiles(program: Program, unit: Unit): Draft[] {
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
              .replace(/(^|\.)(sync|promises?|default)$/, '')
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
      if (!isMove(program, unit, call) && first && isTemporaryPath(program, unit, first, 0)) continue;
      if (isOfTemporary(target) && !/^(rename|move|copy)/.test(name) && !isReadAgain(program, unit, first)) continue;
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
      sites.some((other) => isWithin(other.fn, s.fn) && removes(program, unit, other.node, s.node)) ||
      (!isMove(program, unit, s.node) && isUploaded(program, s.fn, s.node));
    if (!isMinor && sites.every((s) => s.minor || isPassing(s))) return [];
    const route = program.phases.pathTo(main.fn);
    const isPublic = route?.entry.kind === 'public' || route?.entry.kind === 'callback';
    // Into its own folder, and for no request: what is built here is built by every replica alike.
    const isBuild = isPublic && /(?<!['"`])\b__dirname\b|import\.meta\.(url|dirname)/.test(main.text);
    return [
      {
        ...{ rule: 'local-file', kind: 'local-files', unit, node: main.node, name: `${textOf(main.node, 60)}` },
        message: `\`${fn.name}\` writes to the disk of one replica.`,
        // Cleaning up after an upload is no state; what is cleaned up may be.
        confidence:
          (isMinor ? 0.45 : 0.82) *
          (isPublic ? 0.85 : 1) *
          (isBuild ? 0.6 : 1) *
          (isAppended(program, unit, main.node) ? 0.55 : 1),
        writes: [main, ...sites.filter((s) => s !== main)],
      },
    ];
  });
}

/** `createWriteStream(path, { flags: 'a' })`: lines are added, as to a log. */
const isAppended = (program: Program, unit: Unit, call: ts.Node) =>
  ts.isCallExpression(call) &&
  /createWriteStream$/.test(program.names.text(unit, call.expression)) &&
  /\bflags:\s*['"]a/.test(call.arguments[1]?.getText() ?? '');

const isMove = (program: Program, unit: Unit, call: ts.Node) =>
  ts.isCallExpression(call) && /(^|\.)(rename|copy|move|mv)/.test(program.names.text(unit, call.expression));

/** `writeFile(path, …); …; unlink(path)` */
function removes(program: Program, unit: Unit, call: ts.Node, written: ts.Node): boolean {
  if (!ts.isCallExpression(call) || !ts.isCallExpression(written) || call.pos < written.pos) return false;
  const isRemoval = /^(unlink|rm|remove)(Sync)?$/.test(
    member(bare(call.expression))?.name ?? program.names.text(unit, call.expression),
  );
  const [path] = call.arguments;
  return (
    isRemoval &&
    path !== undefined &&
    written.arguments[isMove(program, unit, written) ? 1 : 0]?.getText() === path.getText()
  );
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

const FAR = 5;

/** Made of what `mkdtemp` gave or of a name that says it is temporary, through variables, parameters and functions. */
function isTemporaryPath(program: Program, unit: Unit, expr: ts.Expression, depth: number): boolean {
  if (depth > FAR) return false;
  let found = false;
  walk(expr, (node) => {
    if (found || isFunctionNode(node)) return false;
    if (ts.isStringLiteralLike(node) || ts.isTemplateTail(node)) found ||= /\.tmp$/.test(node.text);
    if (ts.isCallExpression(node)) {
      const callee = bare(node.expression);
      if (/^(mkdtemp|mkdtempSync|tmpdir)$/.test(member(callee)?.name ?? callee.getText())) found = true;
      for (const v of program.values.of(unit, callee))
        if (v.t === 'fn' && v.fn.returns.some((one) => isTemporaryPath(program, v.fn.unit, one, depth + 1)))
          found = true;
    }
    const sym = ts.isIdentifier(node) ? lookup(unit, node, node.text) : undefined;
    if (sym?.kind === 'var' && sym.owner !== unit.module)
      found ||= sym.values.some((stored) => isTemporaryPath(program, unit, stored.expr, depth + 1));
    if (sym?.param) {
      const sites = program.phases.callers.get(sym.param.fn) ?? [];
      const given = sites.map((site) => ({ unit: site.fn.unit, one: site.call.arguments?.[sym.param!.index] }));
      found ||=
        given.length > 0 &&
        given.every(({ unit: from, one }) => one !== undefined && isTemporaryPath(program, from, one, depth + 1));
    }
    return !found;
  });
  return found;
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

const isOfTemporary = (target: string) =>
  /tmpdir|mkdtemp|os\.tmp|\btemp(?!late|erature|est)|\btmp|['"`]\/dev\//i.test(target);

const READS = /^(readFile|readFileSync|createReadStream|openAsBlob|readJson|readJSON|sendFile|download)$/;

/**
 * Whether something reads other files of the folder that is written to: what one request leaves in a configured folder for
 * another one is kept, whatever the folder is called.
 */
function isReadAgain(program: Program, unit: Unit, written: ts.Expression | undefined): boolean {
  const path = written && pathOf(unit, written);
  const folder = path && folderOf(program, unit, path);
  if (!folder) return false;
  return program.units.some((other) =>
    other.functions.some((fn) =>
      fn.calls.some((call) => {
        const found = program.phases.callees.get(call) ?? [];
        const name = found.flatMap((v) => (v.t === 'ext' ? [v.path.split('.').at(-1)!] : []));
        const [first] = call.arguments ?? [];
        if (!first || ![...name, member(bare(call.expression))?.name ?? ''].some((one) => READS.test(one)))
          return false;
        const read = pathOf(other, first);
        return folderOf(program, other, read) === folder && (other !== unit || read.getText() !== path.getText());
      }),
    ),
  );
}

/** The expression a path is made by, also through a variable of the function. */
function pathOf(unit: Unit, expr: ts.Expression): ts.Expression {
  const at = bare(expr);
  const sym = ts.isIdentifier(at) ? lookup(unit, at, at.text) : undefined;
  return sym?.kind === 'var' && sym.values.length === 1 ? bare(sym.values[0]!.expr) : at;
}

/** `temp_directory` of `join(config.core.temp_directory, name)`: a property that a configuration names. */
function folderOf(program: Program, unit: Unit, path: ts.Expression): string | undefined {
  const isJoined =
    ts.isCallExpression(path) &&
    program.values
      .of(unit, path.expression)
      .some((v) => v.t === 'ext' && v.module === 'path' && /(join|resolve)$/.test(v.path));
  const head = ts.isTemplateExpression(path) && path.head.text === '' ? path.templateSpans[0]?.expression : undefined;
  const folder = isJoined ? (path as ts.CallExpression).arguments[0] : head;
  return folder && member(bare(folder))?.name;
}

const isTemporary = (v: Value) => v.t === 'ext' && /^(tmp|tmp-promise|temp|tempy|temp-dir|temp-write)$/.test(v.module);

function outermost(fn: Fn): Fn {
  let at = fn;
  while (at.parent && at.parent.parent && !at.cls) at = at.parent;
  return at;
}
