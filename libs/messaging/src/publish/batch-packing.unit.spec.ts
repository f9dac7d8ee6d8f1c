import fc from 'fast-check';
import { countThatFit, isFull } from './batch-packing.ts';

const limitBytes = 256 * 1024;
const entries = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: limitBytes }) }), {
  minLength: 1,
  maxLength: 40,
});

describe('batch packing', () => {
  it('never takes more than ten entries or 256 KiB', () => {
    fc.assert(
      fc.property(entries, (queue) => {
        const count = countThatFit(queue);
        const bytes = queue.slice(0, count).reduce((sum, entry) => sum + entry.bytes, 0);
        expect(count).toBeGreaterThanOrEqual(1);
        expect(count).toBeLessThanOrEqual(10);
        expect(bytes).toBeLessThanOrEqual(limitBytes);
      }),
    );
  });

  it('takes as many as it may: one more would break a limit', () => {
    fc.assert(
      fc.property(entries, (queue) => {
        const count = countThatFit(queue);
        const next = queue.slice(0, count + 1).reduce((sum, entry) => sum + entry.bytes, 0);
        expect(count === queue.length || count === 10 || next > limitBytes).toBe(true);
      }),
    );
  });

  it('calls a batch full exactly when nothing more can join it', () => {
    const small = (length: number) => Array.from({ length }, () => ({ bytes: 700 }));
    expect(isFull(small(9), countThatFit(small(9)))).toBe(false);
    expect(isFull(small(10), countThatFit(small(10)))).toBe(true);
    const large = [{ bytes: 200_000 }, { bytes: 100_000 }];
    expect(isFull(large, countThatFit(large))).toBe(true);
  });

  it('takes an entry alone that is too large, so that SNS can say so and the queue moves on', () => {
    expect(countThatFit([{ bytes: limitBytes + 1 }, { bytes: 1 }])).toBe(1);
  });
});
