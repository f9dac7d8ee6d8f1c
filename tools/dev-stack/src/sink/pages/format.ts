import { html, type Html } from '@atlas/platform';

/** `22 Nov 10:02:03` in the machine's time zone, with the exact moment as a tooltip. */
export function moment(iso: string): Html {
  const date = new Date(iso);
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  const time = date.toLocaleTimeString('en-GB', { hour12: false });
  return html`<time datetime="${iso}" title="${iso}">${day} ${time}</time>`;
}

/** `1.4 kB`; below 1000 bytes `312 B`. */
export function bytes(count: number): string {
  return count < 1000 ? `${count} B` : `${(count / 1000).toFixed(1)} kB`;
}

/** `1 mail`, `12,345 mails`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`;
}

/** JSON with its keys, strings and other values marked up for colours; anything but JSON as plain text. */
export function formattedJson(value: unknown): Html {
  if (typeof value === 'string') return html`<pre class="code">${value}</pre>`;
  const tokens = JSON.stringify(value, null, 2).split(/("(?:[^"\\]|\\.)*"(?:\s*:)?)/);
  return html`<pre class="code">${tokens.map(colouredToken)}</pre>`;
}

function colouredToken(token: string): Html | string {
  if (!token.startsWith('"')) return token;
  return token.endsWith(':')
    ? html`<span class="key">${token.slice(0, -1)}</span>:`
    : html`<span class="string">${token}</span>`;
}
