import { leakCheck } from '@atlas/testing';
import { type About, eventOf } from '../../test/events.ts';
import { subscriptions } from './subscriptions.projection.domain.ts';

const activated = (payload: Parameters<typeof eventOf<'subscription.activated.v1'>>[1], about?: About) =>
  subscriptions.project(eventOf('subscription.activated.v1', payload, about)).map(({ add }) => add);
const changed = (payload: Parameters<typeof eventOf<'subscription.changed.v1'>>[1]) =>
  subscriptions.project(eventOf('subscription.changed.v1', payload)).map(({ add }) => add);

describe('an activation', () => {
  it('that is the first begins a subscription, on the day on which it was made', () => {
    const event = eventOf('subscription.activated.v1', {}, { timestamp: '2026-11-30T23:59:59.999Z' });
    expect(subscriptions.project(event)).toEqual([
      { row: ['2026-11-30', 'EUR'], add: { active: 1, new: 1, month_cents: 4_900 } },
    ]);
  });

  it('of a yearly plan keeps the price of the year', () => {
    expect(activated({ interval: 'year', price_cents: 100_001 })).toEqual([{ active: 1, new: 1, year_cents: 100_001 }]);
  });

  it('that renews changes what is paid by the difference, and nothing when there is none', () => {
    const renewal = { sequence: 2 };
    expect(activated({ price_cents: 5_500, previous_price_cents: 4_900 }, renewal)).toEqual([{ month_cents: 600 }]);
    expect(activated({ price_cents: 4_900, previous_price_cents: 4_900 }, renewal)).toEqual([]);
  });

  it('beside a change of plan adds nothing: the change says the difference', () => {
    expect(activated({ price_cents: 14_900 }, { sequence: 4 })).toEqual([]);
  });
});

describe('a change', () => {
  it('to another plan is the difference of the prices', () => {
    expect(changed({ from_price_cents: 4_900, to_price_cents: 1_900 })).toEqual([{ month_cents: -3_000 }]);
    expect(changed({ from_price_cents: 4_900, to_price_cents: 4_900 })).toEqual([]);
  });

  it('to another interval takes the old price from where it was', () => {
    const change = {
      from_price_cents: 4_900,
      to_price_cents: 49_000,
      from_interval: 'month',
      interval: 'year',
    } as const;
    expect(changed(change)).toEqual([{ month_cents: -4_900, year_cents: 49_000 }]);
  });

  it.each([
    ['cancelled', { active: -1, cancelled: 1, month_cents: -4_900 }],
    ['ended', { active: -1, ended: 1, month_cents: -4_900 }],
  ] as const)('to %s takes it away', (status, add) => {
    expect(changed({ status, to_plan_id: null, from_price_cents: 4_900, to_price_cents: 0 })).toEqual([add]);
  });
});

leakCheck();
