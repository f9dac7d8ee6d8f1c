import { createLedger } from './ledger.ts';
import { balance, failuresOf, messageIdOf, webhookIdOf } from './reconciliation.domain.ts';
import type { RunOutcome, TakenOrder } from './reconciliation.domain.ts';
import { reportLines } from './report.domain.ts';

function order(n: number, seen: Partial<TakenOrder['seen']> = {}): TakenOrder {
  return { eventId: `e${n}`, origin: `line ${n}`, seen: { mail: 1, webhook: 1, feed: 1, ...seen } };
}

function outcome(orders: TakenOrder[], changes: Partial<RunOutcome> = {}): RunOutcome {
  const counts = { total: orders.length, taken: orders.length, alreadyImported: 0, refused: 0, failed: 0 };
  return {
    kind: 'file',
    ...counts,
    balances: balance(orders),
    deadLetters: [{ queue: 'q-dlq', count: 0 }],
    ...changes,
  };
}

it('computes the ids that the other side sees', () => {
  expect(messageIdOf('e1', 'Atlas <no-reply@Atlas.example>')).toBe('<e1.order-confirmation@atlas.example>');
  expect(messageIdOf('e1', 'no-reply@atlas.example')).toBe('<e1.order-confirmation@atlas.example>');
  expect(webhookIdOf('e1', 'ep1')).toBe('e1.ep1');
});

it('finds what is missing and what is doubled, each by itself', () => {
  const orders = [order(1), order(2, { mail: 0 }), order(3, { webhook: 3 }), order(4, { mail: 2, feed: 0 })];
  expect(balance(orders)).toEqual([
    { consequence: 'mail', expected: 4, found: 3, missing: [orders[1]], doubled: [orders[3]] },
    { consequence: 'webhook', expected: 4, found: 4, missing: [], doubled: [orders[2]] },
    { consequence: 'feed', expected: 4, found: 3, missing: [orders[3]], doubled: [] },
  ]);
});

describe('a run fails', () => {
  it.each<[string, RunOutcome]>([
    ['when something is missing', outcome([order(1, { feed: 0 })])],
    ['when something is doubled', outcome([order(1, { mail: 2 })])],
    ['when dead letters appeared', outcome([order(1)], { deadLetters: [{ queue: 'q-dlq', count: 1 }] })],
    ['when an order got no answer', outcome([order(1)], { failed: 1 })],
    ['when nothing was taken', outcome([], { total: 2, refused: 2 })],
    ['when an order that was made up is refused', outcome([order(1)], { kind: 'generated', refused: 1 })],
  ])('%s', (_, result) => {
    expect(failuresOf(result)).toHaveLength(1);
    expect(reportLines(result).at(-1)).toBe(`✗ ${failuresOf(result)[0]}`);
  });

  it('not for bad lines of a file, and not for orders that were imported before', () => {
    expect(failuresOf(outcome([order(1)], { refused: 91 }))).toEqual([]);
    expect(failuresOf(outcome([order(1)], { taken: 0, alreadyImported: 1 }))).toEqual([]);
  });
});

it('reports figures in columns and names what is wrong', () => {
  const text = reportLines(outcome([order(1), order(2, { mail: 0 }), order(3, { webhook: 2 })], { refused: 4 })).join(
    '\n',
  );
  expect(text).toMatch(/^ {2}imported +3$/m);
  expect(text).toMatch(/^ {2}refused +4$/m);
  expect(text).toMatch(/^ {2}e-mails +3 +2 +1 +0$/m);
  expect(text).toMatch(/^ {2}webhooks +3 +3 +0 +1$/m);
  expect(text).toMatch(/^ {2}dead letters +0 +0$/m);
  expect(text).toContain('  no e-mails: line 2, event e2');
  expect(text).toContain('  2 copies among webhooks: line 3, event e3');
});

it('shortens a long list of missing ones', () => {
  const orders = Array.from({ length: 50 }, (_, n) => order(n, { mail: 0 }));
  const lines = reportLines(outcome(orders));
  expect(lines.filter((line) => line.startsWith('  no e-mails'))).toHaveLength(20);
  expect(lines).toContain('  … and 30 more');
});

describe('the ledger', () => {
  it('knows what is outstanding, and counts two lines with one order as one', () => {
    const ledger = createLedger();
    ledger.add('e1', 'line 1');
    ledger.add('e2', 'line 2');
    ledger.add('e1', 'line 3');
    ledger.saw('mail', 'e1', 1);
    ledger.saw('mail', 'e2', 0);
    ledger.saw('mail', 'somebody else’s', 1);
    expect([ledger.size(), ledger.found('mail'), ledger.outstanding('mail')]).toEqual([2, 1, ['e2']]);
    expect(ledger.isComplete()).toBe(false);
    for (const consequence of ['mail', 'webhook', 'feed'] as const) {
      for (const eventId of ['e1', 'e2']) ledger.saw(consequence, eventId, 1);
    }
    expect(ledger.isComplete()).toBe(true);
  });

  it('sets copies instead of adding them, so that looking twice is no doubling', () => {
    const ledger = createLedger();
    ledger.add('e1', 'line 1');
    ledger.saw('feed', 'e1', 1);
    ledger.saw('feed', 'e1', 1);
    expect(balance(ledger.orders())[2]).toMatchObject({ found: 1, doubled: [] });
  });
});
