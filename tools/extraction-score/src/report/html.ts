import type { Factor, ModuleScore, Proof, ScoreResult } from '../model.ts';
import { escape } from './escape.ts';
import { graph } from './graph.ts';

const PROOFS_OPEN = 6;

/** One page without scripts or anything from the network: the answer, the picture, the ranking, the evidence. */
export function htmlReport(result: ScoreResult, title: string): string {
  const { modules } = result;
  const [best] = modules;
  const last = modules.at(-1);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Extraction score: ${escape(title)}</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem;margin-bottom:.3rem}h2{font-size:1.15rem;margin-top:2.2rem}h3{font-size:.95rem;margin:.9rem 0 .2rem}
p.answer{font-size:1.1rem;margin:.3rem 0}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}code{font-size:.88em;background:#f3f4f6;padding:.05em .3em;overflow-wrap:anywhere}
.dim{color:#57606a;font-size:.9em}ul{margin:.2rem 0;padding-left:1.2rem}summary{cursor:pointer;color:#57606a}
article{border-top:1px solid #ccc;margin-top:1.6rem}
figure{margin:1rem 0;overflow-x:auto;border:1px solid #ddd;border-radius:6px;padding:.5rem}figcaption{font-size:.88em;color:#57606a}
svg{display:block;width:100%;height:auto}svg text{font:12px system-ui,sans-serif;text-anchor:middle;fill:#333}svg text.name{font-weight:600;font-size:14px;fill:#111}
.box rect{stroke:#8c959f;stroke-width:1.2;fill:#f6f8fa}.box.early rect{fill:#d7f0dc;stroke:#2da44e}.box.late rect{fill:#fde0dd;stroke:#cf4b3f}.box.middle rect{fill:#fff4ce;stroke:#bf8700}
.edge{fill:none;opacity:.75}.edge.need{stroke:#57606a}.edge.tell{stroke:#2da44e;stroke-dasharray:6 4}.edge.table{stroke:#cf4b3f}
marker.need path{fill:#57606a}marker.tell path{fill:#2da44e}marker.table path{fill:#cf4b3f}
.key{display:inline-block;width:2.2em;height:0;border-top:3px solid;vertical-align:middle;margin:0 .3em 0 .9em}
.bar{display:inline-block;height:.7em;background:#2da44e;border-radius:2px;vertical-align:middle}.bar.c{background:#cf4b3f}
</style>
<h1>Extraction score: ${escape(title)}</h1>
${best ? `<p class="answer">Extract <b><a href="#m-${escape(best.name)}">${escape(best.name)}</a></b> first. ${escape(best.summary.join(' '))}</p>` : '<p>No module could be found that might become a service.</p>'}
${last && last !== best ? `<p class="answer">Leave <b><a href="#m-${escape(last.name)}">${escape(last.name)}</a></b> for the end. ${escape(last.summary.join(' '))}</p>` : ''}
<p class="dim">score = 100 x (domain clarity x async viability) / shared-state coupling. ${result.files} files, ${result.lines.toLocaleString('en')} lines, ${result.history ? `${result.history.commits} commits` : 'no git history, so co-change is not counted'}.</p>
<figure>${graph(result)}<figcaption>An arrow goes from who depends to what it depends on; thicker is more.
<span class="key" style="color:#57606a"></span>needs answers <span class="key" style="color:#2da44e;border-top-style:dashed"></span>nobody waits: an event <span class="key" style="color:#cf4b3f"></span>a table in common.
Green boxes are to be extracted early, red ones late.${modules.length > 16 ? ' The first, the last and the most entangled modules are shown.' : ''}</figcaption></figure>
<table><tr><th class="n">#<th>Module<th class="n">Score<th>Domain clarity<th>Async viability<th>Coupling<th class="n">Files<th class="n">Lines
${modules.map(row).join('\n')}
</table>
${modules.map(article).join('\n')}
${result.shared.length > 0 ? `<h2>Not candidates</h2><ul>${result.shared.map((s) => `<li><b>${escape(s.name)}</b> ${escape(s.why)} <span class="dim">(${s.files.length} files)</span>`).join('')}</ul>` : ''}
${result.warnings.length > 0 ? `<h2>Warnings</h2><ul>${result.warnings.map((w) => `<li>${escape(w)}`).join('')}</ul>` : ''}
${result.unparsable.length > 0 ? `<h2>Not read whole</h2><ul>${result.unparsable.map((u) => `<li><code>${escape(u.file)}:${u.line}</code> ${escape(u.message)}`).join('')}</ul>` : ''}
${leftOut(result)}
</html>
`;
}

function leftOut({ leftOut = [] }: ScoreResult): string {
  if (leftOut.length === 0) return '';
  const count = leftOut.reduce((sum, one) => sum + one.files, 0);
  return `<details><summary>${count} files are left out: tests, settings of tools, code for browsers</summary><ul>${leftOut.map((l) => `<li><code>${escape(l.path)}</code> ${escape(l.why)}${l.files > 1 ? `, ${l.files} files` : ''}`).join('')}</ul></details>`;
}

function row(m: ModuleScore): string {
  const bar = (value: number, of: number, kind = '') =>
    `<span class="bar ${kind}" style="width:${((5 * Math.min(value, of)) / of).toFixed(2)}em"></span> ${value.toFixed(2)}`;
  return `<tr><td class="n">${m.rank}<td><a href="#m-${escape(m.name)}">${escape(m.name)}</a><td class="n"><b>${m.score.toFixed(1)}</b><td>${bar(m.domainClarity.value, 1)}<td>${bar(m.asyncViability.value, 1)}<td>${bar(m.coupling.value, 12, 'c')}<td class="n">${m.files.length}<td class="n">${m.lines}`;
}

function article(m: ModuleScore): string {
  return `<article id="m-${escape(m.name)}"><h2>${m.rank}. ${escape(m.name)} <span class="dim">score ${m.score.toFixed(1)}, ${m.files.length} files, ${m.lines} lines</span></h2>
<p>${escape(m.summary.join(' '))}</p>
${factor('Domain clarity', m.domainClarity)}${factor('Async viability', m.asyncViability)}${factor('Shared-state coupling', m.coupling)}
${m.events.length > 0 ? `<h3>Events it would need</h3><table><tr><th>Event<th>From<th>To<th>In place of${m.events.map((e) => `<tr><td><code>${escape(e.event)}</code><td>${escape(e.from)}<td>${escape(e.to)}<td>${place(e.instead)} <span class="dim">${escape(e.instead.says)}</span>`).join('')}</table>` : ''}
<details><summary>${m.files.length} files</summary><ul>${m.files.map((f) => `<li><code>${escape(f)}</code>`).join('')}</ul></details></article>`;
}

function factor(title: string, f: Factor): string {
  const corrected = f.corrected
    ? ` <b>corrected</b> from ${f.corrected.computed.toFixed(2)}: ${escape(f.corrected.reason)}`
    : '';
  const item = (p: Proof) => `<li>${place(p)} ${escape(p.says)} ${p.text ? `<code>${escape(p.text)}</code>` : ''}`;
  const rest = f.proofs.slice(PROOFS_OPEN);
  return `<h3>${title} ${f.value.toFixed(2)}${corrected}</h3><div class="dim">${escape(f.formula)}</div><ul>${f.proofs.slice(0, PROOFS_OPEN).map(item).join('')}</ul>${rest.length > 0 ? `<details><summary>${rest.length} more</summary><ul>${rest.map(item).join('')}</ul></details>` : ''}`;
}

const place = (p: Proof) => `<code>${escape(p.line > 0 ? `${p.file}:${p.line}` : p.file)}</code>`;
