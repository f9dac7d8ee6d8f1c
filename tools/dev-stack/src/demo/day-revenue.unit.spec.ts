import { revenueDifferences, sumOfOrders } from './day-revenue.domain.ts';

const order = (currency: string, total_cents: number, completed_at: string | null) => ({
  ...{ currency, total_cents, completed_at },
});

describe('the revenue of a day', () => {
  it('is the sum of its completed orders, per currency, by UTC', () => {
    const orders = [
      order('GBP', 100, '2026-11-22T00:00:00.000Z'),
      order('EUR', 1, '2026-11-22T23:59:59.999Z'),
      order('GBP', 23, '2026-11-23T00:30:00.000+01:00'),
      order('EUR', 7, '2026-11-21T23:59:59.999Z'),
      order('EUR', 9, '2026-11-23T00:00:00.000Z'),
      order('EUR', 5, null),
    ];
    expect(sumOfOrders(orders, '2026-11-22')).toEqual([
      { currency: 'EUR', gross_cents: 1, orders: 1 },
      { currency: 'GBP', gross_cents: 123, orders: 2 },
    ]);
  });

  it('differs by a cent, by an order, and by a currency that one of the two does not have', () => {
    const [eur, gbp] = [
      { currency: 'EUR', gross_cents: 100, orders: 2 },
      { currency: 'GBP', gross_cents: 5, orders: 1 },
    ];
    expect(revenueDifferences([eur, gbp], [gbp, eur])).toEqual([]);
    expect(revenueDifferences([eur], [{ ...eur, gross_cents: 101 }])).toHaveLength(1);
    expect(revenueDifferences([eur], [{ ...eur, orders: 3 }])).toHaveLength(1);
    expect(revenueDifferences([eur, gbp], [eur])).toEqual([
      'GBP: the orders come to 5 cents of 1, the projection says nothing',
    ]);
    expect(revenueDifferences([], [gbp])).toEqual([
      'GBP: the orders come to nothing, the projection says 5 cents of 1',
    ]);
  });
});
