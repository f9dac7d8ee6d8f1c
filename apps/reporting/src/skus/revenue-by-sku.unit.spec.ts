import { leakCheck } from '@atlas/testing';
import { eventOf } from '../../test/events.ts';
import { revenueBySku } from './revenue-by-sku.projection.domain.ts';

const sold = (...line_items: { sku: string; qty: number; unit_price_cents?: number }[]) =>
  revenueBySku.project(eventOf('order.completed.v1', { completed_at: '2026-11-21T23:59:59Z', line_items }));

describe('the lines of an order', () => {
  it('are added up by SKU, and the order counts once for each', () => {
    expect(
      sold(
        { sku: 'A', qty: 2, unit_price_cents: 455 },
        { sku: '#B', qty: 1, unit_price_cents: 1 },
        { sku: 'A', qty: 3, unit_price_cents: 400 },
      ),
    ).toEqual([
      { row: ['2026-11-21', 'GBP', 'A'], add: { gross_cents: 2_110n, quantity: 5n, orders: 1 } },
      { row: ['2026-11-21', 'GBP', '#B'], add: { gross_cents: 1n, quantity: 1n, orders: 1 } },
    ]);
  });

  it('of version 1.0 have no price: only their quantity counts', () => {
    expect(sold({ sku: 'A', qty: 2 })[0]!.add).toEqual({ gross_cents: 0n, quantity: 2n, orders: 1 });
  });

  it('are counted exactly whatever the contract lets pass', () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(sold(...Array.from({ length: 1_000 }, () => ({ sku: 'A', qty: most, unit_price_cents: most })))).toEqual([
      {
        row: ['2026-11-21', 'GBP', 'A'],
        add: { gross_cents: 1_000n * BigInt(most) ** 2n, quantity: 1_000n * BigInt(most), orders: 1 },
      },
    ]);
  });
});

leakCheck();
