import type { AuditResult } from '../audit.ts';
import { summarise } from '../audit.ts';
import type { Compared } from '../baseline.ts';
import { KIND_NAMES, KINDS } from '../kinds.ts';

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
      files: result.files,
      lines: result.lines,
    },
    null,
    2,
  );
}

/** SARIF 2.1.0, as code scanning services read it. */
export function sarifReport(result: AuditResult, compared: Compared): string {
  const place = (file: string, line: number, column?: number) => ({
    physicalLocation: {
      artifactLocation: { uri: file, uriBaseId: 'ROOT' },
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
              rules: KIND_NAMES.map((kind) => ({
                id: `state/${kind}`,
                shortDescription: { text: KINDS[kind].title },
                fullDescription: { text: KINDS[kind].problem },
                help: { text: `Instead: ${KINDS[kind].replacement}.` },
                properties: { tags: [KINDS[kind].risk] },
              })),
            },
          },
          results: [...compared.fresh, ...compared.known].map((f) => ({
            ruleId: `state/${f.kind}`,
            level: f.confidence >= 0.75 ? 'error' : f.confidence >= 0.5 ? 'warning' : 'note',
            message: { text: `${f.message} With several replicas: ${f.problem}. Instead: ${f.replacement}.` },
            locations: [place(f.file, f.line, f.column)],
            relatedLocations: f.evidence.map((e, id) => ({
              id,
              ...place(e.file, e.line),
              message: { text: e.path ? `${e.text} (reached by ${e.path.join(' > ')})` : e.text },
            })),
            partialFingerprints: { 'atlasState/v1': f.fingerprint },
            baselineState: compared.known.includes(f) ? 'unchanged' : 'new',
            properties: { confidence: f.confidence, risk: f.risk },
          })),
          invocations: [
            {
              executionSuccessful: true,
              toolExecutionNotifications: result.unparsable.map((u) => ({
                level: 'warning',
                message: { text: u.message },
                locations: [place(u.file, u.line)],
              })),
            },
          ],
          originalUriBaseIds: { ROOT: { uri: 'file:///' } },
        },
      ],
    },
    null,
    2,
  );
}

/** Annotations of a GitHub Actions log: one line per finding, shown in the changed files. */
export function githubReport(compared: Compared): string {
  return compared.fresh
    .map((f) => {
      const level = f.confidence >= 0.75 ? 'error' : 'warning';
      const text = data(`${f.message} With several replicas: ${f.problem}. Instead: ${f.replacement}.`);
      return `::${level} file=${property(f.file)},line=${f.line},col=${f.column},title=${property(`state/${f.kind}`)}::${text}`;
    })
    .join('\n');
}

const data = (text: string) => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
const property = (text: string) => data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
