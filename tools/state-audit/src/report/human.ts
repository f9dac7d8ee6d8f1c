import type { AuditResult } from '../audit.ts';
import { summarise } from '../audit.ts';
import type { Finding } from '../finding.ts';
import { KINDS } from '../kinds.ts';
import type { Compared } from '../baseline.ts';
import { badSuppression } from './machine.ts';

/** How text is set off on a terminal; identity functions where nobody looks. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
}

/** The report a person reads: the table first, then every finding with its proof. */
export function humanReport(result: AuditResult, compared: Compared, style: Style, detail = true): string {
  const { fresh, known } = compared;
  const shown = fresh.length + known.length;
  const lines: string[] = [];
  if (detail) for (const finding of fresh) lines.push(...one(finding, style), '');
  if (shown > 0) lines.push(...summaryTable([...fresh, ...known], style), '');
  for (const { file, line, message } of result.unparsable)
    lines.push(style.yellow(`not read whole: ${file}:${line} ${message}`));
  for (const s of result.badSuppressions) lines.push(style.yellow(`${s.file}:${s.line} ${badSuppression(s)}`));
  if (result.leftOut?.length) lines.push(style.dim(leftOutLine(result.leftOut)));
  const counts = [`${result.files} files`, `${result.lines.toLocaleString('en')} lines`];
  if (result.explained.length > 0) counts.push(`${result.explained.length} explained`);
  if (known.length > 0) counts.push(`${known.length} known from the baseline`);
  if (compared.gone > 0) counts.push(`${compared.gone} of the baseline are gone: write it again`);
  const verdict =
    fresh.length === 0
      ? style.green('No process-local state found.')
      : style.red(`${fresh.length} place${fresh.length === 1 ? '' : 's'} with process-local state.`);
  lines.push(
    `${known.length > 0 && fresh.length === 0 ? style.green('Nothing new.') : verdict} ${style.dim(counts.join(', '))}`,
  );
  return lines.join('\n');
}

function leftOutLine(leftOut: NonNullable<AuditResult['leftOut']>): string {
  const counts = new Map<string, number>();
  for (const { why, files } of leftOut) counts.set(why, (counts.get(why) ?? 0) + files);
  const all = [...counts.values()].reduce((a, b) => a + b, 0);
  const reasons = [...counts].sort((a, b) => b[1] - a[1]).map(([why, count]) => `${count} ${why}`);
  return `left out: ${all} file${all === 1 ? '' : 's'} (${reasons.join(', ')}); --json lists them, --everything reads them`;
}

function one(finding: Finding, style: Style): string[] {
  const sure = finding.confidence >= 0.75 ? 'high' : finding.confidence >= 0.5 ? 'medium' : 'low';
  return [
    `${style.bold(`${finding.file}:${finding.line}:${finding.column}`)}  ${style.red(finding.kind)}  ${style.dim(`${finding.rule} · ${finding.risk} · confidence ${sure} (${finding.confidence})`)}`,
    `  ${finding.message}`,
    ...finding.evidence.flatMap(({ file, line, text, path }) => [
      `    ${style.dim(`${file}:${line}`)}  ${text}`,
      ...(path ? [style.dim(`      reached by ${path.join(' > ')}`)] : []),
    ]),
    `  With several replicas: ${finding.problem}.`,
    `  Instead: ${finding.replacement}.`,
  ];
}

function summaryTable(findings: readonly Finding[], style: Style): string[] {
  const rows = summarise(findings).map(
    ({ kind, count }) => [KINDS[kind].title, String(count), KINDS[kind].problem] as const,
  );
  const width = Math.max(8, ...rows.map(([title]) => title.length));
  return [
    style.bold(`${'CATEGORY'.padEnd(width)}  COUNT  PROBLEM WITH SEVERAL REPLICAS`),
    ...rows.map(([title, count, problem]) => `${title.padEnd(width)}  ${count.padStart(5)}  ${problem}`),
  ];
}
