import { html, type Html, type HttpProblem, type Page } from '@atlas/platform';
import type { Asked } from '../period/asked.ts';
import { dateOf, intervals } from '../period/period.domain.ts';
import type { Chart, Table } from './chart-data.ts';
import type { ChartKind } from './chart-kinds.ts';
import { descriptionOf, heightOf } from './picture.ts';
import { count, periodName } from './words.ts';

/** One report of the page: as a picture with its numbers, or why there is none. */
export type Section = { readonly kind: ChartKind } & ({ readonly chart: Chart } | { readonly problem: HttpProblem });

export interface ReportsPage {
  /** The path of this page, under which its pictures and numbers are. */
  readonly base: string;
  /** Who looks at it. */
  readonly email?: string | undefined;
  readonly now: Date;
  /** What is shown; missing when the query was wrong. */
  readonly asked?: Asked;
  /** The interval was chosen by us. */
  readonly isAuto?: boolean;
  /** Whose figures an operator has asked for; all tenants together when nobody's. */
  readonly tenantId?: string | undefined;
  /** What was filled in when that was wrong, and what was wrong with it. */
  readonly filledIn?: Readonly<Record<string, unknown>>;
  readonly wrong?: HttpProblem;
  readonly sections: readonly Section[];
}

/** By the width of the window: on a phone a narrower picture, not a smaller one. */
const narrower = [
  { upTo: 430, width: 340 },
  { upTo: 560, width: 410 },
  { upTo: 700, width: 520 },
  { upTo: 860, width: 650 },
  { upTo: 1000, width: 810 },
  { upTo: 1120, width: 950 },
] as const;
const widest = 1078;
/** More lines than anybody reads on a page; the rest is in the CSV. */
const mostLines = 200;
const dayMs = 24 * 60 * 60 * 1000;

/** The page that shows a tenant, or an operator, all reports that have a picture. */
export function reportsPage(shown: ReportsPage): Page {
  const { base, email, asked, sections, wrong } = shown;
  const charts = sections.flatMap((section) => ('chart' in section ? [section.chart] : []));
  const isOperators = base !== '/reports';
  return {
    title: 'Reports',
    corner: html`<form method="post" action="/sign-out">
      ${email && html`<span class="faint">${email}</span>`} <button class="plain">Sign out</button>
    </form>`,
    body: html`<h1>${headingOf(shown)}</h1>
      <p class="faint">${asked ? `${periodName(asked)}. All dates are UTC.` : 'All dates are UTC.'}</p>
      ${wrong && html`<p class="notice" role="alert">${wordsOf(wrong)}</p>`} ${form(shown, isOperators)}
      <ul class="links">
        ${quickPeriods(shown).map(([name, href]) => html`<li><a href="${href}">${name}</a></li>`)}
      </ul>
      ${
        charts.some(({ figures }) => figures.length > 0) &&
        html`<ul class="figures">
          ${charts.flatMap(({ figures }) =>
            figures.map(
              ({ label, value, detail }) =>
                html`<li><span class="faint">${label}</span><b>${value}</b><span>${detail}</span></li>`,
            ),
          )}
        </ul>`
      }
      ${sections.map((section) => sectionOf(section, shown))}`,
  };
}

function headingOf({ base, tenantId }: ReportsPage): string {
  if (base === '/reports') return 'Reports';
  return tenantId === undefined ? 'Reports of all workspaces together' : `Reports of the workspace ${tenantId}`;
}

function sectionOf(section: Section, shown: ReportsPage): Html {
  const { kind } = section;
  if ('problem' in section) {
    return html`<section class="card shown">
      <h2>${kind.name}</h2>
      <p class="notice" role="alert">${section.problem.detail}</p>
    </section>`;
  }
  const { chart } = section;
  const picture = chart.picture('auto');
  const query = queryOf(shown, kind);
  const svg = (width: number) => `${shown.base}/${kind.name}.svg?${query({ width: String(width) })}`;
  const sized = (width: number) => html`width="${width}" height="${heightOf(picture, width)}"`;
  return html`<section class="card shown" aria-label="${picture.title}">
    <picture>
      ${narrower.map(
        ({ upTo, width }) => html`<source media="(max-width: ${upTo}px)" srcset="${svg(width)}" ${sized(width)} />`,
      )}
      <img src="${svg(widest)}" ${sized(widest)} alt="${descriptionOf(picture)}" />
    </picture>
    ${chart.table.rows.length > 0 && tableOf(chart.table)}
    <ul class="links">
      <li><a href="${shown.base}/${kind.name}?${query({ format: 'csv' })}">CSV</a></li>
      <li><a href="${shown.base}/${kind.name}?${query({ format: 'json' })}">JSON</a></li>
      <li><a href="${svg(widest)}">Picture</a></li>
    </ul>
  </section>`;
}

function tableOf({ columns, rows }: Table): Html {
  const align = columns.map(({ isNumber }) => isNumber && html`class="number"`);
  const shown = rows.slice(-mostLines).reverse();
  return html`<details>
    <summary>The numbers</summary>
    <div class="scroll" tabindex="0" role="group" aria-label="The numbers">
      <table>
        <thead>
          <tr>
            ${columns.map(({ name }, column) => html`<th scope="col" ${align[column]}>${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (row) =>
              html`<tr>
                ${row.map((cell, column) => html`<td ${align[column]}>${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${rows.length > shown.length && html`<p class="faint">The last ${count(shown.length)} of ${count(rows.length)} lines; the CSV has all of them.</p>`}
  </details>`;
}

function form(shown: ReportsPage, isOperators: boolean): Html {
  const { base, asked, tenantId } = shown;
  const typed = (name: 'from' | 'to' | 'currency' | 'tenant_id') => {
    const value = shown.filledIn?.[name];
    return typeof value === 'string' ? value : ({ ...asked, tenant_id: tenantId }[name] ?? '');
  };
  const chosen = shown.isAuto ? undefined : asked?.interval;
  return html`<form class="asked" action="${base}">
    <label>From <input type="date" name="from" value="${typed('from')}" min="1970-01-01" /></label>
    <label>To <input type="date" name="to" value="${typed('to')}" min="1970-01-01" /></label>
    <label
      >By
      <select name="interval">
        <option value="">what suits</option>
        ${intervals.map((name) => html`<option ${name === chosen && 'selected'}>${name}</option>`)}
      </select></label
    >
    <label
      >Currency
      <input
        name="currency"
        value="${typed('currency')}"
        size="5"
        maxlength="3"
        placeholder="all"
        autocapitalize="characters"
    /></label>
    ${isOperators && html`<label>Workspace <input name="tenant_id" value="${typed('tenant_id')}" placeholder="all" /></label>`}
    <button>Show</button>
  </form>`;
}

/** Links to what is asked for most, up to today. */
function quickPeriods(shown: ReportsPage): [name: string, href: string][] {
  const today = dateOf(shown.now.getTime());
  const since = (days: number) => dateOf(shown.now.getTime() - (days - 1) * dayMs);
  const periods: [string, string][] = [
    ['7 days', since(7)],
    ['30 days', since(30)],
    ['90 days', since(90)],
    ['This year', `${today.slice(0, 4)}-01-01`],
    ['Five years', since(1_826)],
  ];
  return periods.map(([name, from]) => {
    const rest = { ...(shown.asked?.currency && { currency: shown.asked.currency }), ...tenantOf(shown) };
    return [name, `${shown.base}?${new URLSearchParams({ from, to: today, ...rest }).toString()}`];
  });
}

/** The same question for a picture or its numbers, with what they take beside. */
function queryOf(shown: ReportsPage, { byCurrency }: ChartKind) {
  const { from, to, interval, currency } = shown.asked!;
  const asked = { from, to, interval, ...(byCurrency && currency !== undefined && { currency }), ...tenantOf(shown) };
  return (extra: Record<string, string>) => new URLSearchParams({ ...asked, ...extra }).toString();
}

function tenantOf({ tenantId }: ReportsPage): { tenant_id?: string } {
  return tenantId === undefined ? {} : { tenant_id: tenantId };
}

/** What is wrong with what was asked, in words for the person who did. */
function wordsOf({ detail, extra }: HttpProblem): string {
  const errors = (extra?.['errors'] ?? []) as readonly { path: string; message: string }[];
  return errors.length === 0 ? detail : errors.map(({ path, message }) => `${path || 'query'} ${message}`).join('; ');
}
