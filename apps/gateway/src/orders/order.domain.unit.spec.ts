import { type Currency, makeEnvelope, sumOf } from '@atlas/event-contracts';
import fc from 'fast-check';
import type { OrderId, TenantId, UserId } from '../ids.domain.ts';
import { complete, evolve, type Order, type OrderContent, type OrderFact, place } from './order.domain.ts';

const placedAt = new Date('2026-11-22T08:00:00.000Z');
const completedAt = new Date('2026-11-22T08:37:00.123Z');
const buyer = { userId: 'ada' as UserId, email: 'ada@example.com' };
const content: OrderContent = {
  currency: 'GBP' as Currency,
  lines: [
    { sku: '85123A', qty: 6, unitPriceCents: 455 },
    { sku: '71053', qty: 1, unitPriceCents: 1015 },
  ],
  totalCents: 3745,
};

const placed = (of: OrderContent = content) =>
  place({ orderId: 'o-1' as OrderId, tenantId: 't-1' as TenantId, placedBy: buyer.userId, placedAt, content: of });

/** The order that these facts tell of. */
function given(...facts: OrderFact[]): Order {
  return facts.reduce<Order | undefined>((order, fact) => evolve(order, fact), undefined)!;
}

describe('the rules of a tenant', () => {
  const command = { orderId: 'o-1' as OrderId, tenantId: 't-1' as TenantId, placedBy: buyer.userId, placedAt, content };
  const placedUnder = (currencies: string[], maxLines: number) =>
    place({ ...command, rules: { currencies, maxLines } });

  it('given an order that they allow, when it is placed, then they are no part of the fact', () => {
    for (const rules of [placedUnder([], 2), placedUnder(['EUR', 'GBP'], 1_000)]) expect(rules).toEqual(placed());
  });

  it('given a currency that they do not name, when it is placed, then it is refused with those that they name', () => {
    expect(() => placedUnder(['EUR', 'USD'], 2)).toThrow(
      expect.objectContaining({ code: 'CURRENCY_NOT_ALLOWED', facts: { currency: 'GBP', allowed: 'EUR, USD' } }),
    );
  });

  it('given more lines than they allow, when it is placed, then it is refused with how many they allow', () => {
    expect(() => placedUnder([], 1)).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_LINES', facts: { max_lines: '1' } }),
    );
  });
});

describe('an order', () => {
  it('starts as a draft in version 1', () => {
    expect(given(placed())).toMatchObject({ status: 'draft', version: 1, totalCents: 3745, orderId: 'o-1' });
  });

  it('given a draft, when it is completed, then order.completed says all that a consumer needs', () => {
    const fact = complete(given(placed()), { completedAt, buyer });
    expect(fact).toEqual({
      type: 'order.completed',
      payload: {
        order_id: 'o-1',
        user_id: 'ada',
        user_email: 'ada@example.com',
        completed_at: '2026-11-22T08:37:00.123Z',
        total: '37.45',
        total_cents: 3745,
        currency: 'GBP',
        line_items: [
          { sku: '85123A', qty: 6, unit_price_cents: 455 },
          { sku: '71053', qty: 1, unit_price_cents: 1015 },
        ],
      },
    });
  });

  it('given a completed order, it is in version 2 and keeps what was ordered', () => {
    const order = given(placed(), complete(given(placed()), { completedAt, buyer }));
    expect(order).toEqual({ ...given(placed()), status: 'completed', completedAt, version: 2 });
  });

  it('given a completed order, when it is completed again, then it is rejected with its state', () => {
    const order = given(placed(), complete(given(placed()), { completedAt, buyer }));
    expect(() => complete(order, { completedAt: new Date(), buyer })).toThrow(
      expect.objectContaining({
        code: 'ORDER_ALREADY_COMPLETED',
        facts: { state: 'completed', completed_at: '2026-11-22T08:37:00.123Z' },
      }),
    );
  });

  it('cannot begin by being completed', () => {
    expect(() => evolve(undefined, complete(given(placed()), { completedAt, buyer }))).toThrow(TypeError);
  });

  it('always becomes an event that its contract accepts, whose total is the sum of its lines', () => {
    const line = fc.record({
      sku: fc.string({ minLength: 1, maxLength: 64 }),
      qty: fc.integer({ min: 1, max: 10_000 }),
      unitPriceCents: fc.nat({ max: 10_000_000 }),
    });
    const currency = fc.constantFrom('JPY', 'EUR', 'KWD', 'CLF') as fc.Arbitrary<Currency>;
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), currency, (lines, code) => {
        const order = given(placed({ currency: code, lines, totalCents: sumOf(lines)! }));
        const { payload } = complete(order, { completedAt, buyer });
        const meta = { tenantId: 't-1', subject: 'o-1', sequence: 2, correlationId: 'c-1', causationId: 'c-1' };
        const id = '0198c5a1-7a10-7b0e-8c1d-5e6f708192a3';
        const stamp = { id, timestamp: completedAt.toISOString(), source: 'gateway' };
        expect(makeEnvelope('order.completed', payload, { ...meta, ...stamp }).payload).toEqual(payload);
        expect(payload.total.replace('.', '').replace(/^0+(?=\d)/, '')).toBe(String(payload.total_cents));
      }),
    );
  });
});
