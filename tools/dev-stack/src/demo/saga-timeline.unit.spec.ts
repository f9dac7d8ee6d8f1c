import { type SagaEvent, timelineOf } from './saga-timeline.domain.ts';

const event = (id: string, type: string, ms: number, causation_id: string, payload = {}): SagaEvent => ({
  ...{ id, event: type, causation_id, payload, source: type.split('.')[0]! },
  timestamp: new Date(Date.UTC(2026, 10, 22) + ms).toISOString(),
});

const requested = event('1', 'charge.requested', 5, 'request', {
  plan_id: 'team',
  amount_cents: 4900,
  currency: 'EUR',
});
const succeeded = event('2', 'charge.succeeded', 80, '1', {
  plan_id: 'team',
  amount: { cents: 4900, currency: 'EUR' },
});
const activated = event('3', 'subscription.activated', 120, '2', {
  ...{ plan_id: 'team', price_cents: 4900, currency: 'EUR', period_end: '2026-12-22T00:00:00.000Z' },
});

describe('timelineOf', () => {
  it('tells who has done what, and how long after what made them do it', () => {
    expect(timelineOf([requested, succeeded, activated])).toEqual([
      { at: requested.timestamp, who: 'charge', what: 'charge.requested', detail: 'team, EUR 49.00' },
      {
        ...{ at: succeeded.timestamp, who: 'charge', what: 'charge.succeeded', detail: 'team, EUR 49.00' },
        after: { ms: 75, what: 'charge.requested' },
      },
      {
        ...{ at: activated.timestamp, who: 'subscription', what: 'subscription.activated' },
        detail: 'team, EUR 49.00, until 2026-12-22',
        after: { ms: 40, what: 'charge.succeeded' },
      },
    ]);
  });

  it('shows a cause before its effect, in whatever order they arrive and whatever the clocks say', () => {
    const early = { ...activated, timestamp: requested.timestamp };
    const rows = timelineOf([early, succeeded, requested]);
    expect(rows.map(({ what }) => what)).toEqual(['charge.requested', 'charge.succeeded', 'subscription.activated']);
    expect(rows.at(-1)?.after).toEqual({ ms: -75, what: 'charge.succeeded' });
  });

  it('shows an event whose cause was not seen', () => {
    expect(timelineOf([succeeded])).toMatchObject([{ what: 'charge.succeeded' }]);
    expect(timelineOf([succeeded])[0]).not.toHaveProperty('after');
  });

  it('says the reason of what failed', () => {
    const failed = event('4', 'subscription.activation_failed', 100, '2', {
      plan_id: 'classic',
      reason: 'plan_retired',
    });
    expect(timelineOf([failed])[0]?.detail).toBe('classic, plan_retired');
  });
});
