import type { Build, ProjectionReader } from '@atlas/projections';
import { leakCheck } from '@atlas/testing';
import { createReports } from './reports.ts';

const asked = { from: '2026-11-22', to: '2026-11-22', currency: undefined, interval: 'day' } as const;

/** A reader of rows of which one is deleted each time that a build of `dropped` is read: it is not live any more before. */
function readerWith(builds: readonly Build[], dropped: number): ProjectionReader {
  let turn = 0;
  const state = () => ({ live: builds[turn]!, previous: turn === 0 ? 'revenue-daily@1.0' : undefined });
  const reached = { newestEventAt: '2026-11-22T10:00:00.000Z', lagMs: 5 };
  return {
    snapshot: () => Promise.resolve({ ...state(), ...reached, previousReached: reached }),
    isReadable: (_projection, build) => Promise.resolve(build === state().live || build === state().previous),
    async *rows() {
      await Promise.resolve();
      yield { row: ['2026-11-22', 'EUR'], measures: { gross_cents: 100n, orders: 1n } };
      if (turn >= dropped) yield { row: ['2026-11-22', 'USD'], measures: { gross_cents: 100n, orders: 1n } };
      else turn += 1;
    },
  };
}
const revenueOf = (reader: ProjectionReader, begun?: Build) =>
  createReports({ reader, clock: () => new Date('2026-11-22T12:00:00Z') }).revenue('tenant-1', asked, begun);

describe('a report whose build is dropped while it is read', () => {
  it('is made anew of what is live now', async () => {
    const answer = await revenueOf(readerWith(['revenue-daily@1.1', 'revenue-daily@1.2'], 1));
    expect(answer.build).toBe('revenue-daily@1.2');
    expect(answer.items).toMatchObject([{ currency: 'EUR' }, { currency: 'USD' }]);
  });

  it('is over for who goes on with a page of it', async () => {
    const reader = readerWith(['revenue-daily@1.1', 'revenue-daily@1.2'], 1);
    await expect(revenueOf(reader, 'revenue-daily@1.0')).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  });

  it('is to be asked for later when that goes on', async () => {
    const builds = ['revenue-daily@1.1', 'revenue-daily@1.2', 'revenue-daily@1.3'];
    await expect(revenueOf(readerWith(builds, 2))).rejects.toMatchObject({ code: 'PROJECTION_BUILDING' });
  });
});

leakCheck();
