import { formatCount, formatInstant, moneyIn } from './format.ts';

describe('money', () => {
  it.each([
    ['12.50', 'GBP', '£12.50'],
    ['0', 'EUR', '€0.00'],
    ['1234567.8', 'USD', '$1,234,567.80'],
    ['1250', 'JPY', '¥1,250'],
    ['12.5', 'XTS', 'XTS\u00a012.50'],
    // More digits than a double has: a float would end in .02 or so.
    ['9007199254740993.01', 'GBP', '£9,007,199,254,740,993.01'],
  ])('shows the decimal %s %s as %s', (decimal, currency, shown) => {
    expect(moneyIn(currency).decimal(decimal)).toBe(shown);
  });

  it.each([
    [0, 'GBP', '£0.00'],
    [5, 'GBP', '£0.05'],
    [1250, 'GBP', '£12.50'],
    [1250, 'JPY', '¥1,250'],
    [1250, 'KWD', 'KWD\u00a01.250'],
    [900719925474099301n, 'GBP', '£9,007,199,254,740,993.01'],
  ])('shows %s minor units of %s as %s', (minor, currency, shown) => {
    expect(moneyIn(currency).minor(minor)).toBe(shown);
  });
});

it('shows instants in UTC, whatever the zone of the machine', () => {
  expect(formatInstant('2026-11-22T23:37:00.123Z')).toBe('22 November 2026, 23:37 UTC');
});

it('shows counts with their noun', () => {
  expect([formatCount(0, 'item'), formatCount(1, 'item'), formatCount(1200, 'item')]).toEqual([
    '0 items',
    '1 item',
    '1,200 items',
  ]);
});
