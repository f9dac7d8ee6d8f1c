import { majorsFor } from './replay-majors.ts';

const majors = (event: string, to: string, major?: number) => majorsFor('atlas', { event, to, major });

describe('the majors that a replay sends', () => {
  it('are those that the consumer of the queue has handlers for', () => {
    expect(majors('charge.succeeded', 'atlas-subscription-billing-events')).toEqual(['v1', 'v2']);
    expect(majors('charge.succeeded', 'atlas-reporting-billing-events')).toEqual(['v1']);
    expect(majors('charge.succeeded', 'atlas-subscription-billing-events', 2)).toEqual(['v2']);
  });

  it('are all of them for a queue that the topology does not know, unless one is chosen', () => {
    expect(majors('charge.succeeded', 'warehouse')).toBeUndefined();
    expect(majors('charge.succeeded', 'warehouse', 1)).toEqual(['v1']);
  });

  it('are refused where every message would be dead-lettered', () => {
    expect(() => majors('order.completed', 'atlas-subscription-billing-events')).toThrow(
      /no handler for order.completed/,
    );
    expect(() => majors('charge.succeeded', 'atlas-reporting-billing-events', 2)).toThrow(/charge.succeeded v2/);
    expect(() => majors('order.completed', 'warehouse', 2)).toThrow(/has no major 2. Known: 1\./);
  });
});
