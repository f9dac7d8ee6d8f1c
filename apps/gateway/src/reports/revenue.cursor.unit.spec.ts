import { leakCheck } from '@atlas/testing';
import { readRevenueCursor, revenueCursor } from './revenue.cursor.ts';

const asked = { tenantId: 'tenant-1', from: '2010-12-01', to: undefined, currency: 'EUR', interval: 'week' } as const;
const position = { from: '2010-12-01', to: '2010-12-31', after: '2010-12-06 EUR' };

it('is the one that the reporting service makes: its own spec has the same text', async () => {
  const made =
    'eyJzIjoiWUZuZEtyaWR1angyNjk4VCIsImsiOiJbXCJcIixcIjIwMTAtMTItMDFcIixcIjIwMTAtMTItMzFcIixcIjIwMTAtMTItMDYgRVVSXCJdIn0';
  expect(revenueCursor(asked, position)).toBe(made);
  expect(await readRevenueCursor(asked, revenueCursor(asked, position))).toEqual(position);
});

leakCheck();
