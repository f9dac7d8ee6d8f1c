import type { MailTemplate } from './mail.ts';

/**
 * Around every text part; `{{{body}}}` is the rendered text of the mail. The delimiter of a signature is two dashes and
 * a blank (RFC 3676, 4.3).
 */
const text = `{{{body}}}

-- \nYou receive this message because of an order or an account of yours.
`;

/** Around every HTML part. Tables and inline styles, because mail programs know little else. */
const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>{{subject}}</title>
</head>
<body style="margin:0;padding:0;background:#f3f4f6;color:#111827;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f4f6">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff;border:1px solid #e5e7eb;border-radius:8px">
<tr><td style="padding:20px 32px;border-bottom:1px solid #e5e7eb;font-weight:700;letter-spacing:.04em">ATLAS</td></tr>
<tr><td style="padding:24px 32px 32px">
{{{body}}}
</td></tr>
</table>
<p style="max-width:640px;margin:16px 0 0;color:#6b7280;font-size:13px">You receive this message because of an order or an account of yours.</p>
</td></tr>
</table>
</body>
</html>
`;

/** A list of facts (`facts: Fact[]` in the view), one a line. */
export const factTable = {
  text: `{{#each facts}}{{label}}: {{value}}
{{/each}}`,
  html: `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:16px 0">
{{#each facts}}<tr><td style="padding:6px 0;color:#6b7280;border-bottom:1px solid #f3f4f6">{{label}}</td><td align="right" style="padding:6px 0;font-weight:600;border-bottom:1px solid #f3f4f6">{{value}}</td></tr>
{{/each}}</table>`,
} as const;

/** One line of `factTable`. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** The frame of every mail, rendered with the subject and with the body that the mail's own template has made. */
export const layout = { text, html } as const;

/** A type check for a template literal: `defineMail<View>({ ... })`. */
export function defineMail<View extends object>(template: MailTemplate<View>): MailTemplate<View> {
  return template;
}
