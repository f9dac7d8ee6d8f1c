import { createHash } from 'node:crypto';
import ts from 'typescript';
import type { Unit } from './engine/model.ts';
import { createProgram, type Program, type Progress, type SourceText, STEPS } from './engine/program.ts';
import type { ModuleNames } from './engine/resolve.ts';
import { lineOf, textOf } from './engine/syntax.ts';
import type { LeftOut } from './files.ts';
import type { Evidence, Finding } from './finding.ts';
import { KIND_NAMES, KINDS, type Kind } from './kinds.ts';
import type { Draft } from './rules/draft.ts';
import { findLibraryState } from './rules/library.ts';
import { findProcessWide } from './rules/process-wide.ts';
import { findRandomSecrets } from './rules/secrets.ts';
import { findWritten } from './rules/written.ts';
import { readSuppressions, type Suppression } from './suppress.ts';

export interface AuditOptions {
  /** Findings below it are left out; 0.5 when not given. */
  readonly minConfidence?: number;
  readonly onProgress?: Progress;
}

export interface AuditResult {
  readonly findings: readonly Finding[];
  /** What `// atlas-local-ok: <reason>` has explained. */
  readonly explained: readonly (Finding & { readonly reason: string })[];
  /** Explanations without a reason, or of nothing. */
  readonly badSuppressions: readonly Suppression[];
  readonly unparsable: readonly { file: string; line: number; message: string }[];
  /** What whoever read the files left out. */
  readonly leftOut?: readonly LeftOut[];
  readonly files: number;
  readonly lines: number;
}

const EVIDENCE_SHOWN = 6;

/** Finds the state that lives in the process, in the given files. Deterministic; does no I/O and never throws for bad code. */
export function audit(
  files: readonly SourceText[],
  names: ModuleNames = { aliases: [], packages: new Map() },
  options: AuditOptions = {},
): AuditResult {
  return auditProgram(createProgram(files, names, options.onProgress), options);
}

/** The same for a program that was read already. */
export function auditProgram(program: Program, options: AuditOptions = {}): AuditResult {
  const read = program.units.length;
  const written = findWritten(program, (done) =>
    options.onProgress?.(read * (STEPS - 1) + done, read * STEPS, 'what is state'),
  );
  const library = findLibraryState(program);
  const stateful = new Set([...written, ...library].flatMap((d) => (d.holder ? [d.holder.key] : [])));
  const drafts = [...written, ...library, ...findProcessWide(program, stateful), ...findRandomSecrets(program)];
  const minimum = options.minConfidence ?? 0.5;
  const served = servedUnits(program);
  const found = distinct(drafts.map((draft) => onCommandLine(program, served, draft)))
    .map((draft) => finding(program, draft))
    .sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1));
  const withIds = fingerprints(found);

  const linesFound = new Map<string, Set<number>>();
  for (const { file, line } of withIds) linesFound.set(file, (linesFound.get(file) ?? new Set()).add(line));
  const suppressions = program.units.flatMap((unit) => readSuppressions(unit.path, unit.text));
  const explained: (Finding & { reason: string })[] = [];
  const open: Finding[] = [];
  const used = new Set<Suppression>();
  for (const one of withIds) {
    const by =
      suppressions.find((s) => s.file === one.file && isCovered(s, one.line, linesFound.get(one.file)!)) ??
      suppressions.find(
        (s) => one.evidence.length === 1 && s.file === one.evidence[0]!.file && s.covers === one.evidence[0]!.line,
      );
    // An explanation of what is not asked for explains it all the same.
    if (by) used.add(by);
    if (one.confidence < minimum) continue;
    if (by?.reason) explained.push({ ...one, reason: by.reason });
    else open.push(one);
  }
  return {
    findings: open,
    explained,
    badSuppressions: suppressions.filter((s) => s.reason === undefined || !used.has(s)),
    unparsable: program.units.flatMap((u) => (u.syntaxError ? [{ file: u.path, ...u.syntaxError }] : [])),
    files: program.units.length,
    lines: program.units.reduce((sum, u) => sum + u.source.getLineStarts().length, 0),
  };
}

/** A comment speaks of the line it covers, and of state declared in the lines right below, without anything between. */
function isCovered({ covers, isAbove }: Suppression, line: number, found: ReadonlySet<number>): boolean {
  if (line === covers) return true;
  if (!isAbove || line < covers) return false;
  for (let at = covers; at < line; at++) if (!found.has(at)) return false;
  return true;
}

/** What builds pages while somebody develops them. */
const BUNDLERS =
  /^(webpack|vite|rollup|parcel|@rspack\/core|(webpack|koa-webpack)-(dev|hot)-(middleware|server)|browser-sync|@swc\/core|@babel\/core|tailwindcss|postcss)$/;

const OF_COMMANDS = /(^|\/)(cli|bin|scripts?)\/|(^|\/)(lib|src)\/build\/|^(extra|tools|hack|ci)\//;

/** A command line runs once and ends; what the file that listens imports is none, wherever it lies. */
function onCommandLine(program: Program, served: ReadonlySet<Unit>, draft: Draft): Draft {
  const { path } = draft.unit;
  const isCommand =
    OF_COMMANDS.test(path) ||
    (/(^|\/)commands?\//.test(path) &&
      /\b(flags|argv|oclif|commander|yargs|inquirer|chalk)\b/.test(draft.unit.source.text));
  if ([...draft.unit.imports].some((name) => BUNDLERS.test(name)))
    return { ...draft, confidence: draft.confidence * 0.5 };
  if (!isCommand || served.has(draft.unit)) return draft;
  if (draft.kind === 'schedule' && draft.rule !== 'interval' && draft.rule !== 'timeout-loop') return draft;
  const isServed = draft.writes.some((w) => /^(request|consumer)$/.test(program.phases.pathTo(w.fn)?.entry.kind ?? ''));
  return isServed ? draft : { ...draft, confidence: draft.confidence * 0.5 };
}

const LISTENS = /\.listen\(|\bserve\(/;

/** The files that make a server listen, and all that they import. */
function servedUnits(program: Program): Set<Unit> {
  const found = new Set(program.units.filter((u) => LISTENS.test(u.source.text) && !OF_COMMANDS.test(u.path)));
  for (const unit of found)
    for (const name of unit.imports) {
      const next = program.values.resolve(unit, name);
      if (next) found.add(next);
    }
  return found;
}

/** Two rules that find the same thing are one finding: the surer one. */
function distinct(drafts: readonly Draft[]): Draft[] {
  const best = new Map<string, Draft>();
  for (const draft of drafts) {
    const key =
      draft.holder && draft.kind !== 'environment' && draft.kind !== 'schedule'
        ? draft.holder.key
        : `${draft.unit.path}:${draft.node.pos}:${draft.kind}`;
    const known = best.get(key);
    if (!known || known.confidence < draft.confidence) best.set(key, draft);
  }
  return [...best.values()];
}

function finding(program: Program, draft: Draft): Finding {
  const { unit, node, kind } = draft;
  const at = anchor(node);
  const { line, character } = unit.source.getLineAndCharacterOfPosition(at.getStart(unit.source));
  const { problem, risk, replacement } = KINDS[kind];
  const seen = new Set<string>();
  const evidence: Evidence[] = [];
  for (const write of draft.writes) {
    const place = `${write.fn.unit.path}:${lineOf(write.node)}`;
    if (seen.has(place)) continue;
    seen.add(place);
    const route = program.phases.pathTo(write.fn);
    const isServed = route !== undefined && route.entry.kind !== 'public';
    evidence.push({
      ...{ file: write.fn.unit.path, line: lineOf(write.node), text: textOf(write.node) },
      ...(isServed && { path: route.path.map((fn, i) => (i === 0 ? `${route.entry.kind}: ${fn.name}` : fn.name)) }),
    });
  }
  // What a request reaches first is the better proof.
  evidence.sort((a, b) => Number(b.path !== undefined) - Number(a.path !== undefined));
  return {
    rule: `state/${kind}:${draft.rule}`,
    kind,
    ...{ file: unit.path, line: line + 1, column: character + 1, name: draft.name },
    ...{ message: draft.message, evidence: evidence.slice(0, EVIDENCE_SHOWN), problem, risk, replacement },
    confidence: Math.round(Math.min(0.99, draft.confidence) * 100) / 100,
    fingerprint: '',
  };
}

/** The name in a declaration is where a reader looks. */
function anchor(node: ts.Node): ts.Node {
  const named = node as ts.Node & { name?: ts.Node };
  if (ts.isPropertyDeclaration(node) || ts.isPropertyAssignment(node) || ts.isParameter(node))
    return named.name ?? node;
  return node;
}

function fingerprints(findings: readonly Finding[]): Finding[] {
  const counts = new Map<string, number>();
  return findings.map((one) => {
    // The kind is a guess from words: another word must not make a known finding new.
    const key = `${one.rule.slice(one.rule.indexOf(':') + 1)}\0${one.file}\0${one.name}`;
    const nth = counts.get(key) ?? 0;
    counts.set(key, nth + 1);
    return { ...one, fingerprint: createHash('sha256').update(`${key}\0${nth}`).digest('hex').slice(0, 16) };
  });
}

/** How many findings of each kind, in the order of the kinds; kinds without any are left out. */
export function summarise(findings: readonly Finding[]): { kind: Kind; count: number }[] {
  return KIND_NAMES.map((kind) => ({ kind, count: findings.filter((f) => f.kind === kind).length })).filter(
    ({ count }) => count > 0,
  );
}
