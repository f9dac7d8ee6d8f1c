import type { AuditResult } from '../audit.ts';
import { summarise } from '../audit.ts';
import type { Compared } from '../baseline.ts';
import type { Finding } from '../finding.ts';
import { KINDS } from '../kinds.ts';
import { badSuppression } from './machine.ts';

const escape = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** One page without scripts or anything from the network, to send around. */
export function htmlReport(result: AuditResult, compared: Compared, title: string): string {
  const all = [...compared.fresh, ...compared.known];
  const groups = summarise(all);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>State audit: ${escape(title)}</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2.5rem;border-bottom:1px solid #ccc}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}code{font-size:.9em;background:#f3f3f3;padding:.05em .3em;overflow-wrap:anywhere}
article{margin:1rem 0;padding:.6rem 1rem;border-left:4px solid #c33;background:#fafafa}article.medium{border-color:#d90}article.low{border-color:#999}
.dim{color:#555;font-size:.9em}ul{margin:.3rem 0}
</style>
<h1>State audit: ${escape(title)}</h1>
<p>${all.length} places keep state in the process, in ${result.files} files (${result.lines.toLocaleString('en')} lines).
${result.explained.length} more are explained in the code.</p>
<table><tr><th>Category<th>Count<th>Problem with several replicas
${groups.map(({ kind, count }) => `<tr><td><a href="#${kind}">${escape(KINDS[kind].title)}</a><td class="n">${count}<td>${escape(KINDS[kind].problem)}`).join('\n')}
</table>
${groups
  .map(({ kind }) =>
    section(
      kind,
      all.filter((f) => f.kind === kind),
    ),
  )
  .join('\n')}
${result.unparsable.length > 0 ? `<h2>Not read whole</h2><ul>${result.unparsable.map((u) => `<li><code>${escape(u.file)}:${u.line}</code> ${escape(u.message)}`).join('')}</ul>` : ''}
${result.badSuppressions.length > 0 ? `<h2>Explanations that explain nothing</h2><ul>${result.badSuppressions.map((s) => `<li><code>${escape(s.file)}:${s.line}</code> ${escape(badSuppression(s))}`).join('')}</ul>` : ''}
${result.explained.length > 0 ? `<h2>Explained</h2><ul>${result.explained.map((f) => `<li><code>${escape(f.file)}:${f.line}</code> ${escape(f.name)}: ${escape(f.reason)}`).join('')}</ul>` : ''}
${leftOut(result.leftOut ?? [])}
</html>
`;
}

function leftOut(list: NonNullable<AuditResult['leftOut']>): string {
  if (list.length === 0) return '';
  const count = list.reduce((sum, one) => sum + one.files, 0);
  return `<h2>Left out</h2><details><summary>${count} file${count === 1 ? '' : 's'} not looked at on purpose; --everything reads them</summary><ul>${list.map((l) => `<li><code>${escape(l.path)}</code> ${escape(l.why)}${l.files > 1 ? `, ${l.files} files` : ''}`).join('')}</ul></details>`;
}

function section(kind: Finding['kind'], findings: readonly Finding[]): string {
  return `<h2 id="${kind}">${escape(KINDS[kind].title)}</h2><p>Instead: ${escape(KINDS[kind].replacement)}.</p>
${findings.map(article).join('\n')}`;
}

function article(f: Finding): string {
  const sure = f.confidence >= 0.75 ? 'high' : f.confidence >= 0.5 ? 'medium' : 'low';
  return `<article class="${sure}"><b><code>${escape(f.file)}:${f.line}</code></b> ${escape(f.message)}
<div class="dim">${escape(f.rule)}, ${f.risk}, confidence ${sure} (${f.confidence})</div>
<ul>${f.evidence.map((e) => `<li><code>${escape(e.file)}:${e.line}</code> <code>${escape(e.text)}</code>${e.path ? `<div class="dim">reached by ${escape(e.path.join(' > '))}</div>` : ''}`).join('')}</ul></article>`;
}
