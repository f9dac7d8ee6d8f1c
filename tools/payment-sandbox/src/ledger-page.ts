import { Router } from 'express';
import type { Behaviour } from './behaviour.ts';
import type { Ledger } from './ledger.ts';
import { chargedTwice, type Payment, type Refund, totals } from './ledger.domain.ts';
import { script, styleSheet } from './page-assets.ts';
import { testMethods } from './test-methods.domain.ts';

/** More are counted, not listed: a page is for looking, `GET /ledger` has all. */
const mostListed = 200;

/** `GET /`: the ledger for people, kept fresh by `GET /changes`. Nothing on it can be changed. */
export function ledgerPage(deps: {
  ledger: Ledger;
  behaviour: Behaviour;
  changes: EventTarget;
  stopping: AbortSignal;
}): Router {
  const { ledger, behaviour, changes, stopping } = deps;
  const router = Router();
  const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:";

  router.get('/', (_req, res) => {
    res.set('content-security-policy', policy).type('html').send(page(ledger, behaviour));
  });
  router.get('/style.css', (_req, res) => void res.type('css').send(styleSheet));
  router.get('/live.js', (_req, res) => void res.type('js').send(script));
  router.get('/changes', (req, res) => {
    res.set({ 'content-type': 'text/event-stream' }).flushHeaders();
    const tell = () => res.write('data: change\n\n');
    const end = () => res.end();
    changes.addEventListener('change', tell);
    stopping.addEventListener('abort', end);
    req.once('close', () => {
      changes.removeEventListener('change', tell);
      stopping.removeEventListener('abort', end);
    });
  });
  return router;
}

function page(ledger: Ledger, behaviour: Behaviour): string {
  const payments = [...ledger.state.payments.values()];
  const refunds = [...ledger.state.refunds.values()];
  const twice = chargedTwice(payments);
  const pending = [...payments, ...refunds].filter(({ status }) => status === 'pending').length;
  const figures = totals(payments, refunds).map(({ currency, charged_cents, refunded_cents, net_cents }) =>
    figure(
      `kept of ${money(charged_cents, currency)}, ${money(refunded_cents, currency)} given back`,
      money(net_cents, currency),
    ),
  );
  const listed = payments.slice(-mostListed).reverse();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Payment sandbox · Atlas</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"><script src="/live.js" defer></script>
</head>
<body>
<header><span class="brand"><strong>Atlas</strong> the payment provider, a sandbox: no money moves</span></header>
<main>
<h1>Ledger</h1>
${twice.length > 0 ? `<p class="notice" role="alert">Charged twice: ${twice.map(escaped).join(', ')}</p>` : ''}
${behaviour.current.failure_rate > 0 ? `<p class="notice">At the moment ${Math.round(behaviour.current.failure_rate * 100)} % of all calls fail on purpose.</p>` : ''}
<section class="figures">${figure('payments', payments.length)}${figure('pending', pending)}${figures.join('')}</section>
<section class="card scroll">${listed.length === 0 ? '<p class="empty">No payment yet.</p>' : table(listed, ledger)}</section>
${payments.length > mostListed ? `<p class="faint">The newest ${mostListed} of ${payments.length}; <a href="/ledger">/ledger</a> has all.</p>` : ''}
<details class="card"><summary>Payment methods to try with</summary>${methodTable()}</details>
</main>
</body>
</html>`;
}

function table(payments: readonly Payment[], ledger: Ledger): string {
  const rows = payments.map((payment) => {
    const charge = payment.metadata['charge_id'] ?? '';
    return `<tr><td>${moment(payment.created_at)}</td><td class="number">${money(payment.amount_cents, payment.currency)}</td>
<td class="nowrap">${badge(payment)}</td><td>${ledger.refundsOf(payment.id).map(refundLine).join('<br>')}</td>
<td><code>${escaped(payment.payment_method)}</code></td>
<td class="nowrap" title="${escaped(payment.id)}"><code>${escaped(charge)}</code><br><span class="faint">account ${escaped(payment.metadata['account_id'] ?? '?')}</span></td></tr>`;
  });
  return `<table><thead><tr><th>At</th><th class="number">Amount</th><th>Payment</th><th>Refund</th><th>Method</th><th>Charge</th></tr></thead>
<tbody>${rows.join('')}</tbody></table>`;
}

function refundLine(refund: Refund): string {
  return `<span class="nowrap">${money(refund.amount_cents, refund.currency)} ${badge(refund)}</span>`;
}

function methodTable(): string {
  const rows = [...testMethods].map(
    ([name, { meaning }]) => `<tr><td><code>${name}</code></td><td>${meaning}</td></tr>`,
  );
  return `<table><tbody>${rows.join('')}</tbody></table>`;
}

function badge({ status, reason }: Payment | Refund): string {
  const tone = { succeeded: 'good', declined: 'bad', refused: 'bad', pending: '' }[status];
  return `<span class="badge ${tone}">${status}</span>${reason === undefined ? '' : `<br><span class="faint">${escaped(reason.replaceAll('_', ' '))}</span>`}`;
}

function figure(label: string, value: string | number): string {
  return `<div class="figure"><b>${value}</b>${label}</div>`;
}

function money(cents: number, currency: string): string {
  const format = new Intl.NumberFormat('en-GB', { style: 'currency', currency });
  return escaped(format.format(cents / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2)));
}

function moment(iso: string): string {
  return `<time datetime="${iso}" title="${iso}">${new Date(iso).toLocaleTimeString('en-GB', { hour12: false })}</time>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
