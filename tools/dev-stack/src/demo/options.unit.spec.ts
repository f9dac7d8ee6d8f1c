import { readOptions, usage } from './options.ts';

it('reads what the help shows', () => {
  expect(readOptions([])).toEqual({
    source: { kind: 'generated', orders: 100 },
    rate: undefined,
    concurrency: 16,
    patienceSeconds: 60,
  });
  expect(readOptions(['--orders', '500', '--rate', '100'])).toMatchObject({
    source: { kind: 'generated', orders: 500 },
    rate: 100,
  });
  expect(readOptions(['--file', 'orders.ndjson', '--concurrency=4', '--patience=5'])).toMatchObject({
    source: { kind: 'file', path: 'orders.ndjson' },
    concurrency: 4,
    patienceSeconds: 5,
  });
  expect(readOptions(['--help'])).toBe('help');
  for (const option of ['--orders', '--file', '--rate', '--concurrency', '--patience']) expect(usage).toContain(option);
});

it.each([
  [['--orders', '0'], '--orders needs a whole number from 1, not "0"'],
  [['--orders', '1e9'], '--orders'],
  [['--rate', 'fast'], '--rate'],
  [['--concurrency', '1000'], '--concurrency goes up to 256'],
  [['--file', 'a', '--orders', '1'], 'not both'],
  [['--fiel', 'a'], '--fiel'],
  [['orders.ndjson'], 'orders.ndjson'],
])('refuses %j and says why', (args, reason) => {
  expect(() => readOptions(args)).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(reason) }),
  );
});
