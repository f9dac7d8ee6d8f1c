import fc from 'fast-check';
import { createInOrder } from './in-order.ts';
import { createLedger } from './ledger.ts';
import type { OrderOutcome } from './order-outcome.domain.ts';
import { createPace } from './pace.ts';
import { sampleOrder } from './sample-orders.domain.ts';
import { sendOrders } from './send-orders.ts';
import type { SendCounts } from './send-orders.ts';

it('brings results back into order, whichever order they finish in', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(), { minLength: 1, maxLength: 30 }).map((keys) => keys.map((key, number) => ({ key, number }))),
      (items) => {
        const emitted: number[] = [];
        const inOrder = createInOrder<number>((number) => emitted.push(number));
        for (const { number } of items) inOrder.start(number);
        for (const { number } of items.toSorted((a, b) => a.key - b.key)) inOrder.finish(number, number);
        expect(emitted).toEqual(items.map(({ number }) => number));
      },
    ),
  );
});

async function* ordersThat(outcomes: (OrderOutcome | Error)[], onSend = () => {}) {
  for (const [i, outcome] of outcomes.entries()) {
    const send = async () => {
      onSend();
      await Promise.resolve();
      if (outcome instanceof Error) throw outcome;
      return outcome;
    };
    yield { number: i + 1, origin: `line ${i + 1}`, send };
  }
}

async function sendAll(outcomes: (OrderOutcome | Error)[], onSend?: () => void) {
  const counts: SendCounts = { sent: 0, taken: 0, alreadyImported: 0, refused: 0, failed: 0 };
  const [ledger, problems] = [createLedger(), [] as string[]];
  const pace = createPace(undefined, { clock: () => 0 });
  const orders = ordersThat(outcomes, onSend);
  const sent = sendOrders({ orders, concurrency: 3, pace, ledger, counts, onProblem: (text) => problems.push(text) });
  return { sent, counts, ledger, problems };
}

it('counts every outcome, keeps the taken ones and names the others', async () => {
  const { sent, counts, ledger, problems } = await sendAll([
    { kind: 'taken', eventId: 'e1' },
    { kind: 'refused', reason: 'no\u001b[2J\nprice' },
    { kind: 'already-imported', eventId: 'e3' },
    { kind: 'failed', reason: 'status 500' },
    { kind: 'taken', eventId: 'e5' },
  ]);
  await sent;
  expect(counts).toEqual({ sent: 5, taken: 2, alreadyImported: 1, refused: 1, failed: 1 });
  expect(ledger.orders().map(({ eventId }) => eventId)).toEqual(['e1', 'e3', 'e5']);
  expect(problems).toEqual(['  line 2: no�[2J�price', '  line 4: status 500']);
});

it('stops at the first thing that is no order’s fault', async () => {
  let tried = 0;
  const outcomes = Array.from({ length: 100 }, (_, i): OrderOutcome | Error =>
    i === 4 ? new Error('401') : { kind: 'taken', eventId: `e${i}` },
  );
  const { sent } = await sendAll(outcomes, () => (tried += 1));
  await expect(sent).rejects.toThrow('401');
  expect(tried).toBeLessThan(12);
});

it('makes up orders that are the same at every run and differ among each other', () => {
  expect(sampleOrder(7)).toEqual(sampleOrder(7));
  const orders = Array.from({ length: 60 }, (_, n) => sampleOrder(n + 1));
  expect(new Set(orders.map((order) => JSON.stringify(order))).size).toBeGreaterThan(20);
  for (const { lines } of orders) {
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines)
      expect(line).toEqual({
        sku: expect.any(String),
        qty: expect.any(Number),
        unit_price: expect.stringMatching(/^\d+\.\d\d$/),
      });
  }
});
