import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { html, type Html } from './html.ts';
import { pageStyle } from './page-style.ts';

/** A page for people. It has no script, so that none can be smuggled in. */
export interface Page {
  readonly title: string;
  /** What stands at the right of the head: who is signed in, the way out. */
  readonly corner?: Html | undefined;
  readonly body: Html;
}

const icon =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' r='7' fill='%230f766e'/></svg>";

/**
 * The content security policy of an answer that needs nothing from anywhere but images of this server, and whose only style
 * is `style`, written into it as it is here.
 */
export function stylePolicy(style: string): string {
  const digest = createHash('sha256').update(style).digest('base64');
  return [
    "default-src 'none'",
    `style-src 'sha256-${digest}'`,
    "img-src 'self' data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join(';');
}

const policy = stylePolicy(pageStyle);

/** Sends a page, with the policy that it needs. The status is whatever was set before. */
export function sendPage(res: Response, page: Page): void {
  res.set({
    'content-security-policy': policy,
    // With `no-referrer` a browser sends the forms of a page with the origin "null", which the check for other sites refuses.
    'referrer-policy': 'same-origin',
  });
  res.type('html').send(documentOf(page).markup);
}

function documentOf({ title, corner, body }: Page): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Atlas</title>
        <link rel="icon" href="${icon}" />
        ${styleElement}
      </head>
      <body>
        <header><strong>Atlas</strong>${corner}</header>
        <main>${body}</main>
      </body>
    </html> `;
}

/** Not a part of the template, which a formatter would indent: the policy knows this text and no other. */
const styleElement: Html = { markup: `<style>${pageStyle}</style>` };
