import { leakCheck } from '@atlas/testing';
import { eventOf } from '../../test/events.ts';
import { revenueDaily } from './revenue-daily.projection.domain.ts';

describe('an order', () => {
  it('counts on the day of its completion, whenever it was told', () => {
    const order = eventOf('order.completed.v1', { completed_at: '2010-12-01T23:59:59.999Z', total_cents: 3_745 });
    expect(revenueDaily.project(order)).toEqual([
      { row: ['2010-12-01', 'GBP'], add: { gross_cents: 3_745, orders: 1 } },
    ]);
  });

  it.each([
    ['37.45', 'GBP', 3_745],
    ['3745', 'JPY', 3_745],
    ['3.745', 'KWD', 3_745],
    ['3.7450', 'CLF', 37_450],
    ['37', 'EUR', 3_700],
  ])('of version 1.0 counts with its text: %s %s', (total, currency, cents) => {
    const [change] = revenueDaily.project(eventOf('order.completed.v1', { total, total_cents: undefined, currency }));
    expect(change!.add).toEqual({ gross_cents: cents, orders: 1 });
  });

  it('whose text is no amount of its currency is an error, not a guess', () => {
    const order = eventOf('order.completed.v1', { total: '1.5', total_cents: undefined, currency: 'JPY' });
    expect(() => revenueDaily.project(order)).toThrow(/"1.5" JPY must be a whole amount/);
  });
});

leakCheck();
