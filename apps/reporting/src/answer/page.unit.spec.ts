import { InvalidCursorError } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import { askedQuery } from '../period/asked.ts';
import { cursorOf, pageOf, positionOf, scopeOf } from './page.ts';

const position = { build: undefined, from: '2010-12-01', to: '2010-12-31', after: '2010-12-06 EUR' };
const mostDays = 1_830;

describe('a cursor', () => {
  const { from, to, ...shape } = askedQuery.parse({ from: '2010-12-01', currency: 'EUR', interval: 'week' });
  const scope = scopeOf('revenue', 'tenant-1', { from, to }, shape);
  /** As the gateway's monolith makes it: its own spec has the same text. */
  const made =
    'eyJzIjoiWUZuZEtyaWR1angyNjk4VCIsImsiOiJbXCJcIixcIjIwMTAtMTItMDFcIixcIjIwMTAtMTItMzFcIixcIjIwMTAtMTItMDYgRVVSXCJdIn0';

  it('of the monolith is continued here, and one of ours there', async () => {
    expect(await positionOf(scope, made, mostDays)).toEqual(position);
    expect(cursorOf(scope, position)).toBe(made);
  });

  it('names the build that the first page was made of', async () => {
    const begun = { ...position, build: 'revenue-daily@1.2' };
    expect(await positionOf(scope, cursorOf(scope, begun), mostDays)).toEqual(begun);
  });

  it.each([
    { ...position, build: 'revenue-daily' },
    { ...position, from: '2010-12-32' },
    { ...position, from: '1960-01-01', to: '1960-01-02' },
    { ...position, from: '2011-12-01' },
    { ...position, to: '2021-01-01' },
    { ...position, from: '2101-01-01', to: '2101-01-01' },
    { ...position, from: '9999-12-31', to: '9999-12-31' },
  ])('that somebody made up is refused: %j', async (forged) => {
    await expect(positionOf(scope, cursorOf(scope, forged), mostDays)).rejects.toThrow(InvalidCursorError);
  });
});

describe('pages', () => {
  const items = ['a', 'b', 'c', 'd'];
  const page = (after: string | undefined, limit: number) => pageOf(items, (item) => item, { after, limit });

  it('are the items after a place, with the last one where there is more', () => {
    expect(page(undefined, 2)).toEqual({ page: ['a', 'b'], lastPlace: 'b' });
    expect(page('b', 2)).toEqual({ page: ['c', 'd'], lastPlace: undefined });
    // What the last page ended with is gone from there: others may have come before it.
    expect(page('bb', 1)).toEqual({ page: ['c'], lastPlace: 'c' });
    expect(page('z', 2)).toEqual({ page: [], lastPlace: undefined });
    expect(page(undefined, Infinity)).toEqual({ page: items, lastPlace: undefined });
  });
});

leakCheck();
