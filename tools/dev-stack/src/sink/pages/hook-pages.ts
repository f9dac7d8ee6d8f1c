import type { Delivery, HookOverview } from '../hook-store.ts';
import { bytes, counted, formattedJson, moment } from './format.ts';
import { html, type Html } from '@atlas/platform';
import { page, pager } from './layout.ts';

/** `/hooks`: every receiver that was ever called. */
export function hookListPage(hooks: HookOverview[], origin: string): Html {
  return page({
    title: 'Webhooks',
    section: 'hooks',
    live: true,
    body: html`<h1>${counted(hooks.length, 'receiver')}</h1>
      <section class="card scroll">${hookTable(hooks)}</section>
      <p class="faint">
        Any name is a receiver: register <code>${origin}/hooks/&lt;name&gt;</code> as a webhook endpoint, and give its
        secret to the receiver with <code>PUT /hooks/&lt;name&gt; {"secret":"whsec_…"}</code> to have signatures
        checked.
      </p>`,
  });
}

/** The rows of a list of receivers. */
export function hookTable(hooks: HookOverview[]): Html {
  if (hooks.length === 0) return html`<p class="empty">No webhook yet.</p>`;
  return html`<table>
    <thead>
      <tr>
        <th>Receiver</th>
        <th class="number">Requests</th>
        <th class="number">Accepted</th>
        <th class="number">Distinct</th>
        <th class="number">Doubled</th>
        <th>Last</th>
      </tr>
    </thead>
    <tbody>
      ${hooks.map(
        (hook) =>
          html`<tr>
            <td class="wrap"><a href="/hooks/${hook.name}">${hook.name}</a></td>
            <td class="number">${hook.requests.toLocaleString('en-GB')}</td>
            <td class="number">${hook.accepted.toLocaleString('en-GB')}</td>
            <td class="number">${hook.distinct.toLocaleString('en-GB')}</td>
            <td class="number">${hook.doubled === 0 ? '0' : html`<span class="badge bad">${hook.doubled}</span>`}</td>
            <td>${moment(hook.last_at)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

export interface HookView {
  name: string;
  items: Delivery[];
  total: number;
  offset: number;
  limit: number;
  copiesOf: (webhookId: string) => number;
  selected?: { delivery: Delivery; body: unknown } | undefined;
}

/** `/hooks/:name`: the deliveries, and the body of one of them. */
export function hookPage(view: HookView): Html {
  const { name, total, offset, limit, selected } = view;
  return page({
    title: name,
    section: 'hooks',
    live: offset === 0,
    body: html`<h1>${name} <span class="faint">${counted(total, 'request')}</span></h1>
      <div class="split">
        <div>
          <section class="card scroll">${deliveryTable(view)}</section>
          ${pager({ path: `/hooks/${name}`, href: new URLSearchParams(), total, offset, limit })}
        </div>
        ${selected && selectedDelivery(selected.delivery, selected.body)}
      </div>`,
  });
}

function deliveryTable({ name, items, offset, copiesOf, selected }: HookView): Html {
  if (items.length === 0) return html`<p class="empty">Nothing was sent here yet.</p>`;
  return html`<table>
    <thead>
      <tr>
        <th>Received</th>
        <th>Event</th>
        <th class="number">Size</th>
        <th>Answer</th>
      </tr>
    </thead>
    <tbody>
      ${items.map((item) => {
        const copies = item.webhook_id === null ? 0 : copiesOf(item.webhook_id);
        return html`<tr ${item.id === selected?.delivery.id && html`aria-selected="true"`}>
          <td>${moment(item.received_at)}</td>
          <td><a href="/hooks/${name}?id=${item.id}&offset=${offset}">${item.type ?? 'no type'}</a></td>
          <td class="number nowrap">${bytes(item.size)}</td>
          <td>${answerBadge(item)} ${copies > 1 && html`<span class="badge bad">${copies} copies</span>`}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function selectedDelivery(delivery: Delivery, body: unknown): Html {
  return html`<section class="card detail">
    <table class="facts">
      <tr>
        <th scope="row">webhook-id</th>
        <td class="wrap"><code>${delivery.webhook_id ?? 'none'}</code></td>
      </tr>
      <tr>
        <th scope="row">Signature</th>
        <td>${signatureBadge(delivery)}</td>
      </tr>
    </table>
    ${formattedJson(body)}
  </section>`;
}

function answerBadge({ status, accepted }: Delivery): Html {
  return html`<span class="badge ${accepted ? 'good' : 'bad'}">${status ?? 'no answer'}</span>`;
}

function signatureBadge({ signature }: Delivery): Html {
  if (signature === 'valid') return html`<span class="badge good">valid</span>`;
  if (signature === 'invalid') return html`<span class="badge bad">invalid</span>`;
  return html`<span class="badge">not checked: no secret is registered</span>`;
}
