import { childTraceparent, isTraceparent, newTraceparent, traceIdOf } from './traceparent.ts';

// The example of the W3C specification.
const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('traceparent', () => {
  it('starts traces that are valid and different', () => {
    const made = Array.from({ length: 100 }, newTraceparent);
    expect(made.every(isTraceparent)).toBe(true);
    expect(new Set(made).size).toBe(100);
  });

  it('makes a child in the same trace with another span', () => {
    const child = childTraceparent(parent);
    expect(isTraceparent(child)).toBe(true);
    expect(traceIdOf(child)).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(child.slice(36, 52)).not.toBe(parent.slice(36, 52));
  });

  it('keeps the decision not to sample', () => {
    expect(childTraceparent(parent.replace(/01$/, '00'))).toMatch(/-00$/);
  });

  it.each([
    undefined,
    '',
    'garbage',
    parent.toUpperCase(),
    `${parent}-more`,
    parent.replace(/^00/, 'ff'),
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
  ])('starts a new trace for %p', (value) => {
    expect(isTraceparent(value)).toBe(false);
    expect(traceIdOf(value)).toBeUndefined();
    expect(isTraceparent(childTraceparent(value))).toBe(true);
  });
});
