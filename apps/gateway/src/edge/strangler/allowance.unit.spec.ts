import { createAllowance } from './allowance.ts';

describe('an allowance', () => {
  it('gives a burst at once, then as many as a second has, and never saves more than a burst', () => {
    let now = 0;
    const allowance = createAllowance({ perSecond: 10, burst: 3, now: () => now });
    const taken = (tries: number) => Array.from({ length: tries }, () => allowance.take()).filter(Boolean).length;
    expect(taken(10)).toBe(3);
    now += 100;
    expect(taken(10)).toBe(1);
    now += 50;
    expect(taken(10)).toBe(0);
    now += 50;
    expect(taken(10)).toBe(1);
    now += 60_000;
    expect(taken(10)).toBe(3);
  });
});
