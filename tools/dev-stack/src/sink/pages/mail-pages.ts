import type { Email } from 'postal-mime';
import type { Mail } from '../mail-store.ts';
import { bytes, counted, moment } from './format.ts';
import { html, type Html } from '@atlas/platform';
import { page, pager } from './layout.ts';

export interface MailListView {
  items: Mail[];
  total: number;
  search: string;
  offset: number;
  limit: number;
  copiesOf: (messageId: string) => number;
}

/** `/mail`: newest first. */
export function mailListPage(view: MailListView): Html {
  const { items, total, search, offset, limit, copiesOf } = view;
  return page({
    title: 'Mail',
    section: 'mail',
    live: offset === 0,
    body: html`<h1>${counted(total, 'mail')}${search !== '' && html` matching “${search}”`}</h1>
      <form class="search" action="/mail">
        <input
          type="search"
          name="search"
          value="${search}"
          placeholder="Address, subject or Message-ID"
          aria-label="Search"
        />
        <button>Search</button>
      </form>
      <section class="card scroll">${mailTable(items, copiesOf)}</section>
      ${pager({ path: '/mail', href: new URLSearchParams(search === '' ? {} : { search }), total, offset, limit })}`,
  });
}

/** The rows of a list of mails, with how often each one came. */
export function mailTable(items: Mail[], copiesOf: MailListView['copiesOf']): Html {
  if (items.length === 0) return html`<p class="empty">No mail here.</p>`;
  return html`<table class="stacked">
    <thead>
      <tr>
        <th>Received</th>
        <th>To</th>
        <th>Subject</th>
        <th></th>
      </tr>
    </thead>
    <tbody>
      ${items.map(
        (mail) =>
          html`<tr>
            <td>${moment(mail.received_at)}</td>
            <td class="wrap">${mail.to.join(', ')}</td>
            <td class="wrap"><a href="/mail/${mail.id}">${mail.subject || '(no subject)'}</a></td>
            <td class="number">${copiesBadge(mail, copiesOf)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function copiesBadge({ message_id }: Mail, copiesOf: MailListView['copiesOf']): Html | null {
  const copies = message_id === null ? 1 : copiesOf(message_id);
  return copies > 1 ? html`<span class="badge bad">${copies} copies</span>` : null;
}

export type MailTab = 'html' | 'text' | 'headers';

export interface MailView {
  mail: Mail;
  email: Email;
  tab: MailTab;
  copies: number;
}

/** `/mail/:id`: what a mail program would show, and what it would hide. */
export function mailPage({ mail, email, tab, copies }: MailView): Html {
  return page({
    title: mail.subject || '(no subject)',
    section: 'mail',
    body: html`<h1>${mail.subject || '(no subject)'}</h1>
      <section class="card">
        <table class="facts">
          ${fact('From', mail.from)} ${fact('To', mail.to.join(', '))} ${fact('Received', moment(mail.received_at))}
          ${fact('Message-ID', html`<code>${mail.message_id ?? 'none'}</code>`)}
          ${copies > 1 && fact('Copies', html`<span class="badge bad">${copies} copies of this Message-ID</span>`)}
        </table>
      </section>
      <section class="card">
        <nav class="tabs" aria-label="Views">
          ${tabLink(mail, 'html', 'HTML', tab)} ${tabLink(mail, 'text', 'Text', tab)}
          ${tabLink(mail, 'headers', 'Headers', tab)}
          <a class="push faint" href="/mail/${mail.id}/source">Source (${bytes(mail.size)})</a>
        </nav>
        ${tabBody(mail, email, tab)}
      </section>`,
  });
}

function fact(name: string, value: Html | string): Html {
  return html`<tr>
    <th scope="row">${name}</th>
    <td class="wrap">${value}</td>
  </tr>`;
}

function tabLink(mail: Mail, tab: MailTab, label: string, current: MailTab): Html {
  return html`<a href="/mail/${mail.id}?view=${tab}" ${tab === current && html`aria-current="page"`}>${label}</a>`;
}

function tabBody(mail: Mail, email: Email, tab: MailTab): Html {
  if (tab === 'headers') {
    const rows = email.headers.map(({ originalKey, value }) => fact(originalKey, html`<code>${value}</code>`));
    return html`<div class="scroll">
      <table class="facts">
        ${rows}
      </table>
    </div>`;
  }
  if (tab === 'text') return html`<pre class="code">${email.text ?? 'This mail has no text part.'}</pre>`;
  if (email.html === undefined) return html`<p class="empty">This mail has no HTML part.</p>`;
  // An empty sandbox takes scripts, forms, links and its origin from the mail; its own policy takes the network.
  return html`<iframe sandbox="" src="/mail/${mail.id}/html" title="The mail as its reader sees it"></iframe>`;
}
