import { createCoalescer } from './coalescer.ts';

describe('a coalescer', () => {
  const recorded = (options: Partial<Parameters<typeof createCoalescer<string>>[0]> = {}) => {
    const batches: string[][] = [];
    const send = async (batch: string[]) => void batches.push(batch);
    return { batches, coalescer: createCoalescer<string>({ maxItems: 3, lingerMs: 5, send, ...options }) };
  };

  it('sends a full batch at once, and the rest with the flush', async () => {
    const { batches, coalescer } = recorded();
    for (const item of ['a', 'b', 'c', 'd']) coalescer.add(item);
    expect(batches).toEqual([['a', 'b', 'c']]);
    await coalescer.flush();
    expect(batches).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('sends what is not full after the linger time of its first item', async () => {
    jest.useFakeTimers();
    const { batches, coalescer } = recorded();
    coalescer.add('a');
    jest.advanceTimersByTime(4);
    coalescer.add('b');
    expect(batches).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(batches).toEqual([['a', 'b']]);
    jest.useRealTimers();
  });

  it('keeps to the bytes of a batch, and sends a larger item alone', async () => {
    const { batches, coalescer } = recorded({ maxItems: 10, maxBytes: 4, bytesOf: (item) => item.length });
    for (const item of ['aa', 'bb', 'c', 'dddddd', 'e']) coalescer.add(item);
    await coalescer.flush();
    expect(batches).toEqual([['aa', 'bb'], ['c'], ['dddddd'], ['e']]);
  });

  it('flushes what is added while it flushes', async () => {
    const batches: string[][] = [];
    const coalescer = createCoalescer<string>({
      maxItems: 1,
      lingerMs: 5,
      send: async (batch) => {
        batches.push(batch);
        await Promise.resolve();
        if (batch[0] === 'a') coalescer.add('b');
      },
    });
    coalescer.add('a');
    await coalescer.flush();
    expect(batches).toEqual([['a'], ['b']]);
  });

  it('hands out what waits, and does not send it then', async () => {
    const { batches, coalescer } = recorded();
    coalescer.add('a');
    expect(coalescer.take()).toEqual(['a']);
    await coalescer.flush();
    expect(batches).toEqual([]);
  });
});
