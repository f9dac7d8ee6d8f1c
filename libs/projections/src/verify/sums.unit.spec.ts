import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import { addSum, differencesOf, judge, mistakeOf, noSums, rowKey, type Sums } from './sums.domain.ts';

const at = { pk: 'TENANT#t#sales@1.1', sk: '2026-11-22#EUR' };
const key = rowKey(at);
const sums = (...amounts: number[]): Sums => {
  const made = noSums();
  for (const amount of amounts) addSum(made, at, 'gross_cents', BigInt(amount));
  return made;
};
const only = new Set([key]);

it('finds sums that differ, whichever side lacks the row, and takes nothing for zero', () => {
  expect(differencesOf(sums(5), sums(2, 3))).toEqual([]);
  expect(differencesOf(sums(5), sums(6))).toEqual([{ ...at, attribute: 'gross_cents', expected: 5n, actual: 6n }]);
  expect(differencesOf(noSums(), sums(6))).toMatchObject([{ expected: 0n, actual: 6n }]);
  expect(differencesOf(sums(6), noSums())).toMatchObject([{ expected: 6n, actual: 0n }]);
  expect(differencesOf(sums(0), noSums())).toEqual([]);
});

it('holds amounts that a number cannot', () => {
  const large = noSums();
  for (let n = 0; n < 3; n += 1) addSum(large, at, 'gross_cents', BigInt(Number.MAX_SAFE_INTEGER));
  expect(differencesOf(large, sums(1))).toMatchObject([{ expected: 27_021_597_764_222_973n }]);
});

describe('a row that is looked at again', () => {
  it('and stands still must be what the journal comes to', () => {
    expect(judge(only, sums(5), sums(5), sums(5))).toEqual({ differences: [], moving: new Set() });
    expect(judge(only, sums(6), sums(5), sums(6))).toMatchObject({ differences: [{ expected: 5n, actual: 6n }] });
    expect(judge(only, noSums(), sums(5), noSums())).toMatchObject({ differences: [{ expected: 5n, actual: 0n }] });
  });

  it('and moves is neither right nor wrong', () => {
    expect(judge(only, sums(5), sums(7), sums(9))).toEqual({ differences: [], moving: only });
    expect(judge(only, sums(5), sums(10), sums(9))).toEqual({ differences: [], moving: only });
  });

  it('does not differ when every event was counted once, whatever comes in between', () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 8 });
    fc.assert(
      fc.property(amounts, amounts, amounts, (before, during, after) => {
        // The journal is read later than the first reading and before the last.
        const counted = [...before, ...during];
        expect(judge(only, sums(...before), sums(...counted), sums(...counted, ...after)).differences).toEqual([]);
      }),
    );
  });

  it('differs by the same amount at each look when an event was counted twice, however much is counted in between', () => {
    const amounts = fc.array(fc.integer({ min: -100, max: 1_000 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), amounts, amounts, (twice, counted, more) => {
        const mistakes = [counted, [...counted, ...more]].map((all) => {
          const row = sums(twice, twice, ...all);
          return judge(only, row, sums(twice, ...all), row).differences.map(mistakeOf);
        });
        expect(mistakes[0]).toHaveLength(1);
        expect(mistakes[1]).toEqual(mistakes[0]);
      }),
    );
  });
});

leakCheck();
