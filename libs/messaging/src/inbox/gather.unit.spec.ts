import { createGather } from './gather.ts';

describe('gathering calls', () => {
  const recorded = () => {
    const calls: number[][] = [];
    const gather = createGather<number, string>(async (items) => {
      calls.push([...items]);
      if (items.includes(13)) throw new Error('no luck');
      return items.map((item) => `<${item}>`);
    });
    return { calls, gather };
  };

  it('makes one call of those of one turn, and answers each its own', async () => {
    const { calls, gather } = recorded();
    expect(await Promise.all([gather([1, 2]), gather([]), gather([3]), gather([4, 5])])).toEqual([
      ['<1>', '<2>'],
      [],
      ['<3>'],
      ['<4>', '<5>'],
    ]);
    expect(calls).toEqual([[1, 2, 3, 4, 5]]);
    await gather([6]);
    expect(calls).toHaveLength(2);
  });

  it('fails all who share a call that fails, and nobody else', async () => {
    const { gather } = recorded();
    const outcomes = await Promise.allSettled([gather([1]), gather([13])]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(gather([1])).resolves.toEqual(['<1>']);
  });

  it('does not let a call grow without end', async () => {
    const { calls, gather } = recorded();
    await Promise.all(Array.from({ length: 100 }, (_, n) => gather([100 + n, 200 + n, 300 + n])));
    expect(Math.max(...calls.map((items) => items.length))).toBeLessThanOrEqual(200);
    expect(calls.flat()).toHaveLength(300);
  });
});
