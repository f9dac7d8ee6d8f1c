import type { Mail, MailSummary } from '../mail-store.ts';
import type { HookOverview } from '../hook-store.ts';
import { hookTable } from './hook-pages.ts';
import { html, type Html } from '@atlas/platform';
import { page } from './layout.ts';
import { mailTable } from './mail-pages.ts';

export interface OverviewView {
  mail: MailSummary;
  newest: Mail[];
  copiesOf: (messageId: string) => number;
  hooks: HookOverview[];
  /** What `/api/behaviour` has been told to break, as JSON; null when all is well. */
  misbehaviour: string | null;
}

/** `/`: everything that left Atlas, at a glance. */
export function overviewPage({ mail, newest, copiesOf, hooks, misbehaviour }: OverviewView): Html {
  const deliveries = sum(hooks, 'accepted');
  const doubledHooks = sum(hooks, 'doubled');
  return page({
    title: 'Overview',
    section: 'overview',
    live: true,
    body: html`<h1>What left Atlas</h1>
      ${
        misbehaviour !== null &&
        html`<p class="notice">The outside world misbehaves, as asked for: <code>${misbehaviour}</code></p>`
      }
      <div class="figures">
        ${figure('/mail', mail.received, 'mails received')}
        ${figure('/mail', mail.doubled.length, 'mails doubled', true)}
        ${figure('/hooks', deliveries, 'webhooks accepted')} ${figure('/hooks', doubledHooks, 'webhooks doubled', true)}
      </div>
      <section class="card">
        <div class="head">
          <h2>Newest mail</h2>
          <a href="/mail">all</a>
        </div>
        <div class="scroll">${mailTable(newest, copiesOf)}</div>
      </section>
      <section class="card">
        <div class="head">
          <h2>Webhook receivers</h2>
          <a href="/hooks">all</a>
        </div>
        <div class="scroll">${hookTable(hooks)}</div>
      </section>`,
  });
}

function figure(href: string, count: number, label: string, alarming = false): Html {
  return html`<a class="figure ${alarming && count > 0 && 'bad'}" href="${href}"
    ><b>${count.toLocaleString('en-GB')}</b> <span class="faint">${label}</span></a
  >`;
}

function sum(hooks: HookOverview[], field: 'accepted' | 'doubled'): number {
  return hooks.reduce((total, hook) => total + hook[field], 0);
}
