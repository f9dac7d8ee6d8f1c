import type { AuditResult } from '../audit.ts';
import { summarise } from '../audit.ts';
import type { Compared } from '../baseline.ts';
import type { Finding } from '../finding.ts';
import { type Kind, KINDS } from '../kinds.ts';
import type { Suppression } from '../suppress.ts';

/** JSON for programs; `version` changes when a field changes its meaning. */
export function jsonReport(result: AuditResult, compared: Compared): string {
  return JSON.stringify(
    {
      version: 1,
      summary: summarise([...compared.fresh, ...compared.known]).map(({ kind, count }) => ({
        kind,
        category: KINDS[kind].title,
        count,
        problem: KINDS[kind].problem,
      })),
      findings: [
        ...compared.fresh.map((f) => ({ ...f, baseline: false })),
        ...compared.known.map((f) => ({ ...f, baseline: true })),
      ],
      explained: result.explained,
      badSuppressions: result.badSuppressions,
      unparsable: result.unparsable,
      leftOut: result.leftOut ?? [],
      files: result.files,
      lines: result.lines,
    },
    null,
    2,
  );
}

/** SARIF 2.1.0, as code scanning services read it. `folder` is where the audited files are, for whoever reads it. */
export function sarifReport(result: AuditResult, compared: Compared, folder = ''): string {
  const all = [...compared.fresh, ...compared.known];
  const place = (file: string, line: number, column?: number) => ({
    physicalLocation: {
      artifactLocation: { uri: uri(inFolder(folder, file)) },
      region: { startLine: line, ...(column && { startColumn: column }) },
    },
  });
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'atlas-state-audit',
              informationUri: 'https://github.com/atlas/atlas/blob/main/docs/state-audit.md',
              rules: rulesOf([...all, ...result.explained]).map(({ rule, kind }) => ({
                id: rule,
                shortDescription: { text: KINDS[kind].title },
                fullDescription: { text: KINDS[kind].problem },
                help: { text: `Instead: ${KINDS[kind].replacement}.` },
                properties: { tags: [KINDS[kind].risk] },
              })),
            },
          },
          results: [...all, ...result.explained].map((f) => ({
            ruleId: f.rule,
            level: f.confidence >= 0.75 ? 'error' : f.confidence >= 0.5 ? 'warning' : 'note',
            message: { text: `${f.message} With several replicas: ${f.problem}. Instead: ${f.replacement}.` },
            locations: [place(f.file, f.line, f.column)],
            relatedLocations: f.evidence.map((e, id) => ({
              id,
              ...place(e.file, e.line),
              message: { text: e.path ? `${e.text} (reached by ${e.path.join(' > ')})` : e.text },
            })),
            partialFingerprints: { 'atlasState/v2': f.fingerprint },
            baselineState: compared.fresh.includes(f) ? 'new' : 'unchanged',
            ...('reason' in f && {
              suppressions: [{ kind: 'inSource', status: 'accepted', justification: f.reason }],
            }),
            properties: { confidence: f.confidence, risk: f.risk },
          })),
          invocations: [
            {
              executionSuccessful: true,
              toolExecutionNotifications: [
                ...result.badSuppressions.map((s) => ({
                  level: 'error',
                  message: { text: badSuppression(s) },
                  locations: [place(s.file, s.line)],
                })),
                ...result.unparsable.map((u) => ({
                  level: 'warning',
                  message: { text: `not read whole: ${u.message}` },
                  locations: [place(u.file, u.line)],
                })),
              ],
            },
          ],
        },
      ],
    },
    null,
    2,
  );
}

/** Annotations of a GitHub Actions log: one line each for findings, bad explanations and files not read whole. */
export function githubReport(result: AuditResult, compared: Compared, folder = ''): string {
  const at = (file: string, line: number) => `file=${property(inFolder(folder, file))},line=${line}`;
  return [
    ...compared.fresh.map((f) => {
      const level = f.confidence >= 0.75 ? 'error' : 'warning';
      const text = data(`${f.message} With several replicas: ${f.problem}. Instead: ${f.replacement}.`);
      return `::${level} ${at(f.file, f.line)},col=${f.column},title=${property(f.rule)}::${text}`;
    }),
    ...result.badSuppressions.map(
      (s) => `::error ${at(s.file, s.line)},title=atlas-local-ok::${data(badSuppression(s))}`,
    ),
    ...result.unparsable.map((u) => `::warning ${at(u.file, u.line)},title=not read whole::${data(u.message)}`),
  ].join('\n');
}

/** What is wrong with an explanation, in a sentence. */
export function badSuppression({ reason }: Suppression): string {
  return reason === undefined
    ? 'atlas-local-ok needs a reason of at least 8 characters: // atlas-local-ok: <reason>'
    : 'atlas-local-ok explains nothing: no finding on the line it covers';
}

/** Every rule that found something, once. */
function rulesOf(findings: readonly Finding[]): { rule: string; kind: Kind }[] {
  const kinds = new Map(findings.map((f) => [f.rule, f.kind]));
  return [...kinds].map(([rule, kind]) => ({ rule, kind })).sort((a, b) => (a.rule < b.rule ? -1 : 1));
}

const inFolder = (folder: string, file: string) => (folder === '' ? file : `${folder.replace(/\/$/, '')}/${file}`);

/** A reference relative to the repository, or a whole one for an absolute path. */
function uri(path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  if (path.startsWith('/')) return `file://${encoded}`;
  return /^[A-Za-z]:\//.test(path) ? `file:///${encoded.replace('%3A', ':')}` : encoded;
}

const data = (text: string) => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
const property = (text: string) => data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
