import { reasonToRollBack, usualThresholds, type WindowNumbers } from './rollback.domain.ts';

const good: WindowNumbers = { requests: 100, errors: 0, p99Ms: 50, compared: 100, mismatches: 0 };
const failing = { ...good, errors: 6 };
const slow = { ...good, p99Ms: 1_200 };
const differing = { ...good, mismatches: 2 };
const judge = (...windows: WindowNumbers[]) => reasonToRollBack(windows, usualThresholds);

describe('a slice is set back', () => {
  it('when errors are above the limit in three windows in a row', () => {
    expect(judge(good, failing, failing, failing)).toBe('errors of the service were 6.0 %, 6.0 %, 6.0 %, above 5.0 %');
  });

  it('when the service is slow', () => {
    expect(judge(slow, slow, slow)).toBe('the p99 of the service was 1200 ms, 1200 ms, 1200 ms, above 1000 ms');
  });

  it('when the answers differ', () => {
    expect(judge(differing, differing, differing)).toBe('mismatches were 2.0 %, 2.0 %, 2.0 %, above 1.0 %');
  });
});

describe('a slice stays', () => {
  it.each([
    ['while all is well', [good, good, good]],
    [
      'at the limit',
      [
        { ...good, errors: 5 },
        { ...good, errors: 5 },
        { ...good, errors: 5 },
      ],
    ],
    ['before there are enough windows', [failing, failing]],
    ['when one of the last windows was good', [failing, failing, good]],
    ['when the last windows were good', [failing, failing, failing, good, good, good]],
    ['when the windows are bad for different reasons', [failing, slow, differing]],
    ['when a window has too few requests to tell', [failing, failing, { ...failing, requests: 19, errors: 19 }]],
    ['when a window has too few comparisons to tell', [differing, differing, { ...differing, compared: 10 }]],
    ['without any request', Array(3).fill({ requests: 0, errors: 0, p99Ms: null, compared: 0, mismatches: 0 })],
  ])('%s', (_name, windows) => {
    expect(judge(...windows)).toBeUndefined();
  });
});
