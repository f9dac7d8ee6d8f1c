import { html, type Html, type HtmlPart } from '@atlas/platform';

export type Section = 'overview' | 'mail' | 'hooks';

export interface PageOptions {
  title: string;
  section: Section;
  body: HtmlPart;
  /** Whether the page fetches itself again when something arrives. */
  live?: boolean;
}

const icon =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' r='7' fill='%230f766e'/></svg>";

const sections: { section: Section; href: string; label: string }[] = [
  { section: 'overview', href: '/', label: 'Overview' },
  { section: 'mail', href: '/mail', label: 'Mail' },
  { section: 'hooks', href: '/hooks', label: 'Webhooks' },
];

/** The frame around every page. */
export function page({ title, section, body, live = false }: PageOptions): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Atlas, the outside world</title>
        <link rel="icon" href="${icon}" />
        <link rel="stylesheet" href="/style.css" />
        <script src="/live.js" defer></script>
      </head>
      <body>
        <header>
          <a class="brand" href="/"><strong>Atlas</strong> the outside world</a>
          <nav>${sections.map((entry) => navigationLink(entry, section))}</nav>
        </header>
        <main ${live && html`data-live`}>${body}</main>
      </body>
    </html>`;
}

function navigationLink({ section, href, label }: (typeof sections)[number], current: Section): Html {
  return html`<a href="${href}" ${section === current && html`aria-current="page"`}>${label}</a>`;
}

export interface PagerOptions {
  /** The page's address with its own query, without `offset`. */
  href: URLSearchParams;
  path: string;
  total: number;
  offset: number;
  limit: number;
}

/** "1-50 of 848" with links to newer and older; nothing when everything fits. */
export function pager({ href, path, total, offset, limit }: PagerOptions): Html | null {
  if (total <= limit && offset === 0) return null;
  const link = (to: number, label: string, shown: boolean) => {
    const query = new URLSearchParams([...href, ['offset', String(Math.max(0, to))]]);
    return shown ? html`<a href="${path}?${query.toString()}">${label}</a>` : html`<span class="faint">${label}</span>`;
  };
  return html`<nav class="pager" aria-label="Pages">
    ${link(offset - limit, '← newer', offset > 0)}
    <span
      >${(offset + 1).toLocaleString('en-GB')}–${Math.min(total, offset + limit).toLocaleString('en-GB')} of
      ${total.toLocaleString('en-GB')}</span
    >
    ${link(offset + limit, 'older →', offset + limit < total)}
  </nav>`;
}
