import { type EventKey, type EventOf, eventKeyOf, findDefinition, makeEnvelope } from '@atlas/event-contracts';
import { chargeFailedMail, chargeFailedView } from '../charge-failed/charge-failed.mail.ts';
import { chargeReversedMail, chargeReversedView } from '../charge-reversed/charge-reversed.mail.ts';
import { orderConfirmation, orderConfirmationView } from '../order-completed/order-confirmation.mail.ts';
import {
  subscriptionActivatedMail,
  subscriptionActivatedView,
} from '../subscription-activated/subscription-activated.mail.ts';
import { subscriptionChangedMail, subscriptionChangedView } from '../subscription-changed/subscription-changed.mail.ts';
import { welcome, welcomeView } from '../user-registered/welcome.mail.ts';
import { endpointSwitchedOffMail, endpointSwitchedOffView } from '../webhooks/endpoint-switched-off.mail.ts';
import { createEndpoint } from '../webhooks/endpoint.domain.ts';
import { domainOfSender, messageIdOf, type MailTemplate } from './mail.ts';
import { createMailRenderer } from './renderer.ts';

const renderer = createMailRenderer();
const addressed = { reference: 'event-1', to: ['ada@example.com'] };

/** The example of the contract, with some fields of the payload replaced. */
function given<K extends EventKey>(key: K, change: Partial<EventOf<K>['payload']> = {}): EventOf<K> {
  const type = key.slice(0, key.lastIndexOf('.'));
  const { versions, current } = findDefinition(type)!;
  const example = versions[current.v1!]!.example as object;
  const meta = { source: 'test', tenantId: 't', subject: 's', sequence: 1, correlationId: 'c', causationId: 'c' };
  const id = '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c4d';
  const made = makeEnvelope(
    type as never,
    { ...example, ...change },
    { ...meta, id, timestamp: '2026-11-22T08:37:00Z' },
  );
  expect(eventKeyOf(made)).toBe(key);
  return made as EventOf<K>;
}

const render = <V extends object>(template: MailTemplate<V>, view: V) => renderer.render(template, view, addressed);

describe('every mail says in text and in HTML what its event says', () => {
  const endpoint = createEndpoint(
    { url: 'https://example.com/hooks', events: ['order.completed'] },
    { tenantId: 't', endpointId: 'e-1', secret: 'whsec_x', now: 0 },
  );
  const off = { ...endpoint, status: 'off' as const, offReason: 'failing' as const, offAt: Date.UTC(2026, 10, 22) };
  it.each([
    ['welcome', render(welcome, welcomeView(given('user.registered.v1'))), ['Ada Lovelace', 'Analytical Engines Ltd']],
    [
      'charge failed',
      render(chargeFailedMail, chargeFailedView(given('charge.failed.v1'))),
      ['€49.00', 'Your card was declined (card_declined)'],
    ],
    [
      'charge reversed',
      render(chargeReversedMail, chargeReversedView(given('charge.reversed.v1'))),
      ['€49.00', 'ch_0198c5a27f1e7c52', 'This plan is not offered any more (plan_retired)'],
    ],
    [
      'subscription activated',
      render(subscriptionActivatedMail, subscriptionActivatedView(given('subscription.activated.v1'))),
      ['€49.00 per month', '22 December 2026'],
    ],
    [
      'subscription changed',
      render(subscriptionChangedMail, subscriptionChangedView(given('subscription.changed.v1'))),
      ['team, €49.00 per month', 'business-yearly, €990.00 per year'],
    ],
    [
      'endpoint switched off',
      render(endpointSwitchedOffMail, endpointSwitchedOffView(off)),
      ['https://example.com/hooks', 'failed for 5 days'],
    ],
  ])('%s', (_name, mail, facts) => {
    expect(mail.subject).not.toBe('');
    for (const fact of facts) {
      expect(mail.text).toContain(fact);
      expect(plain(mail.html)).toContain(fact);
    }
    expect(mail.html).toMatch(/^<!doctype html>/);
    expect(`${mail.subject}${mail.text}${mail.html}`).not.toMatch(/\{\{|undefined|NaN|\[object/);
  });

  it.each([
    ['cancelled', null, 'Your subscription to "team" was cancelled'],
    ['ended', null, 'Your subscription to "team" has ended'],
    ['active', 'business', 'Your plan changed from "team" to "business"'],
  ] as const)('names a subscription that is %s', (status, to_plan_id, subject) => {
    const event = given('subscription.changed.v1', { status, to_plan_id });
    expect(render(subscriptionChangedMail, subscriptionChangedView(event)).subject).toBe(subject);
  });
});

it('shows a reason that nobody has a sentence for as it is, whatever it is', () => {
  const failed = (reason: string) => render(chargeFailedMail, chargeFailedView(given('charge.failed.v1', { reason })));
  expect(failed('do_not_honor_twice').text).toMatch(/do_not_honor_twice/);
  expect(failed('constructor').text).toMatch(/Reason.*constructor$/m);
});

describe('the order confirmation', () => {
  const confirm = (change: Partial<EventOf<'order.completed.v1'>['payload']>) =>
    render(orderConfirmation, orderConfirmationView(given('order.completed.v1', change)));

  it('has the total, the lines and their amounts', () => {
    const mail = confirm({});
    expect(mail.subject).toBe('Your order 0198c5a1-7a10-7b0e-8c1d-5e6f708192a3 is confirmed: £37.45');
    expect(mail.text).toContain(
      [
        'Article  Quantity   Price  Amount',
        '85123A          6   £4.55  £27.30',
        '71053           1  £10.15  £10.15',
      ].join('\n'),
    );
    expect(plain(mail.html)).toContain('Total £37.45');
    expect(mail.text).toContain('7 items in 2 lines');
  });

  it('shows lines without prices for an event of version 1.0', () => {
    const mail = confirm({ total_cents: undefined, line_items: [{ sku: '85123A', qty: 6 }] });
    expect(mail.text).toContain('Article  Quantity\n85123A          6');
    expect(mail.text).not.toContain('Price');
    expect(mail.html).not.toContain('>Price<');
    expect(mail.text).toContain('Total: £37.45');
  });

  it('shows all of 700 lines, each aligned, in a fraction of a second', () => {
    const line_items = Array.from({ length: 700 }, (_, i) => ({ sku: `SKU-${i}`, qty: i + 1, unit_price_cents: 100 }));
    const mail = confirm({ line_items, total: '245350.00', total_cents: 24_535_000 });
    expect(mail.html.match(/SKU-\d+/g)).toHaveLength(700);
    const rows = mail.text.split('\n').filter((row) => row.startsWith('SKU-'));
    expect(rows).toHaveLength(700);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    expect(mail.text).toContain('245,350 items in 700 lines');
  });

  it('escapes what customers write in HTML, and nothing in text', () => {
    const mail = confirm({ line_items: [{ sku: '<img src=x onerror=alert(1)>', qty: 1, unit_price_cents: 1 }] });
    expect(mail.html).not.toContain('<img');
    expect(mail.html).toContain('&lt;img src&#x3D;x');
    expect(mail.text).toContain('<img src=x onerror=alert(1)>');
  });
});

it('keeps a line break in a name out of the subject', () => {
  const event = given('user.registered.v1', { tenant_name: 'Evil\r\nBcc: everybody@example.com' });
  expect(render(welcome, welcomeView(event)).subject).toBe('Welcome to Evil Bcc: everybody@example.com on Atlas');
});

it('refuses a view that lacks a field: a mail with a hole is not sent', () => {
  expect(() => render(welcome, { userName: 'Ada' } as never)).toThrow(/tenantName/);
});

describe('the Message-ID', () => {
  it('is made of what the mail is about, so that a repeated mail has the same', () => {
    expect(messageIdOf({ reference: 'e-1', template: 'order-confirmation' }, 'atlas.example')).toBe(
      '<e-1.order-confirmation@atlas.example>',
    );
  });
  it.each([
    ['no-reply@Atlas.Example', 'atlas.example'],
    ['Atlas <no-reply@atlas.example>', 'atlas.example'],
  ])('has the domain of %s', (from, domain) => {
    expect(domainOfSender(from)).toBe(domain);
  });
});

/** The text of an HTML page, with tags and runs of blanks as one blank. */
function plain(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&quot;|&ldquo;|&rdquo;/g, '"')
    .replace(/\s+/g, ' ');
}
