import type { Factor, ModuleScore, Proof, ScoreResult } from '../model.ts';

/** Colours of the terminal, or none. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

const PROOFS_SHOWN = 5;
const MODULES_IN_FULL = 3;
const MODULES_IN_TABLE = 25;

/** The ranking for a person at a terminal: what first, the table, and the evidence of the best and the last. */
export function humanReport(result: ScoreResult, style: Style, onlyModule?: string): string {
  const { modules } = result;
  const [best] = modules;
  if (!best) return 'No module could be found that might become a service.';
  if (onlyModule !== undefined)
    return modules
      .filter((m) => m.name === onlyModule)
      .map((m) => inFull(m, style))
      .join('\n');
  const last = modules.at(-1)!;
  const shown = modules.length > MODULES_IN_FULL ? [...modules.slice(0, MODULES_IN_FULL), last] : modules;
  return [
    `${style.bold(`Extract ${best.name} first.`)} ${best.summary.join(' ')}`,
    ...(modules.length > 1 ? [`Leave ${style.bold(last.name)} for the end. ${last.summary.join(' ')}`] : []),
    '',
    table(modules.slice(0, MODULES_IN_TABLE)),
    ...(modules.length > MODULES_IN_TABLE ? [`… and ${modules.length - MODULES_IN_TABLE} more (--json has all)`] : []),
    '',
    ...shown.map((m) => inFull(m, style)),
    notCandidates(result, style),
    ...result.unparsable.map((u) => `not read whole: ${u.file}:${u.line} ${u.message}`),
    style.dim(
      `${result.files} files, ${result.lines.toLocaleString('en')} lines, ${result.history ? `${result.history.commits} commits` : 'no git history: co-change is not counted'}. score = 100 x (domain clarity x async viability) / shared-state coupling`,
    ),
    ...result.warnings.map((w) => `warning: ${w}`),
  ].join('\n');
}

function table(modules: readonly ModuleScore[]): string {
  const width = Math.max(6, ...modules.map((m) => m.name.length));
  const number = (value: number, digits: number, size: number) => value.toFixed(digits).padStart(size);
  const head = `${'#'.padStart(3)}  ${'MODULE'.padEnd(width)}${'SCORE'.padStart(7)}${'CLARITY'.padStart(9)}${'ASYNC'.padStart(7)}${'COUPLING'.padStart(10)}${'FILES'.padStart(7)}${'LINES'.padStart(8)}`;
  const rows = modules.map(
    (m) =>
      `${String(m.rank).padStart(3)}  ${m.name.padEnd(width)}${number(m.score, 1, 7)}${number(m.domainClarity.value, 2, 9)}${number(m.asyncViability.value, 2, 7)}${number(m.coupling.value, 2, 10)}${String(m.files.length).padStart(7)}${String(m.lines).padStart(8)}${isCorrected(m) ? '  corrected' : ''}`,
  );
  return [head, ...rows].join('\n');
}

const isCorrected = (m: ModuleScore) => [m.domainClarity, m.asyncViability, m.coupling].some((f) => f.corrected);

const FOUND_BY: Record<ModuleScore['how'], string> = {
  package: 'a package',
  folder: 'a folder',
  names: 'files of one name',
  imports: 'files that import each other',
  correction: 'as corrected',
};

function inFull(m: ModuleScore, style: Style): string {
  const events = m.events.map(
    (e) =>
      `    ${e.event}  ${e.from} -> ${e.to}   ${style.dim(`${e.instead.file}:${e.instead.line}  ${e.instead.says}`)}`,
  );
  return [
    `${m.rank}. ${style.bold(m.name)}  ${m.score.toFixed(1)}   ${style.dim(`${FOUND_BY[m.how]}: ${m.files.length} files, ${m.lines} lines`)}`,
    factor('domain clarity', m.domainClarity, style),
    factor('async viability', m.asyncViability, style),
    factor('shared-state coupling', m.coupling, style),
    ...(events.length > 0
      ? [
          '  events it would need',
          ...events.slice(0, 8),
          ...(events.length > 8 ? [`    … and ${events.length - 8} more`] : []),
        ]
      : []),
    '',
  ].join('\n');
}

function factor(title: string, f: Factor, style: Style): string {
  const corrected = f.corrected ? `  corrected from ${f.corrected.computed.toFixed(2)}: ${f.corrected.reason}` : '';
  const more = f.proofs.length - PROOFS_SHOWN;
  return [
    `  ${title} ${style.bold(f.value.toFixed(2))}${corrected}  ${style.dim(f.formula)}`,
    ...f.proofs.slice(0, PROOFS_SHOWN).map((p) => `    ${where(p)}  ${p.says}  ${style.dim(p.text)}`),
    ...(more > 0 ? [style.dim(`    … and ${more} more`)] : []),
  ].join('\n');
}

const where = (p: Proof) => (p.line > 0 ? `${p.file}:${p.line}` : p.file);

function notCandidates(result: ScoreResult, style: Style): string {
  if (result.shared.length === 0) return '';
  const lines = result.shared.slice(0, 12).map((s) => `  ${s.name}  ${style.dim(`${s.why}, ${s.files.length} files`)}`);
  const more = result.shared.length > 12 ? [`  … and ${result.shared.length - 12} more`] : [];
  return ['Not candidates', ...lines, ...more, ''].join('\n');
}
