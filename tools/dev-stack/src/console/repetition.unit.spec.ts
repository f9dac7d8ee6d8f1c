import { createRepetition } from './repetition.ts';

describe('createRepetition', () => {
  it('shows the first three of a kind and counts the rest', () => {
    let now = 0;
    const repetition = createRepetition(() => now);
    expect(Array.from({ length: 100 }, () => repetition.admit('a')).filter(Boolean)).toHaveLength(3);
    expect(repetition.admit('b')).toBe(true);
    expect(repetition.takeCounts()).toEqual([]);
    now = 10_000;
    expect(repetition.takeCounts()).toEqual([{ key: 'a', count: 97 }]);
    expect(repetition.takeCounts()).toEqual([]);
  });

  it('reports what was counted also when the next window opens before anybody asks', () => {
    let now = 0;
    const repetition = createRepetition(() => now);
    for (let i = 0; i < 5; i++) repetition.admit('a');
    now = 20_000;
    expect(repetition.admit('a')).toBe(true);
    expect(repetition.takeCounts()).toEqual([{ key: 'a', count: 2 }]);
  });
});
