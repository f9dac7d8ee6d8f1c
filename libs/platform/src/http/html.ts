/** Markup that may be put into a page as it is. */
export interface Html {
  readonly markup: string;
}

export type HtmlPart = Html | string | number | false | null | undefined | readonly HtmlPart[];

/** Builds markup from a template; every value that is not markup itself is escaped. */
export function html(strings: TemplateStringsArray, ...values: HtmlPart[]): Html {
  return { markup: strings.reduce((markup, text, i) => markup + markupOf(values[i - 1]) + text) };
}

function markupOf(part: HtmlPart): string {
  if (part === undefined || part === null || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return 'markup' in part ? part.markup : part.map(markupOf).join('');
}

/** Text as it may stand in HTML and SVG, between tags and in quoted attributes. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
