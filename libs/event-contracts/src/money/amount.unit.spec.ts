import fc from 'fast-check';
import { type Currency, decimalsOf, isCurrency } from './currency.domain.ts';
import { formatAmount, parseAmount, sumOf } from './amount.domain.ts';

const currencies = ['JPY', 'EUR', 'KWD', 'CLF'] as Currency[];
const currency = fc.constantFrom(...currencies);
const cents = fc.maxSafeNat();

describe('currencies', () => {
  it.each([
    ['JPY', 0],
    ['ISK', 0],
    ['EUR', 2],
    ['GBP', 2],
    ['IQD', 3],
    ['KWD', 3],
    ['UYW', 4],
  ])('%s has %i decimals', (code, decimals) => {
    expect(isCurrency(code)).toBe(true);
    expect(decimalsOf(code as Currency)).toBe(decimals);
  });

  it.each(['XTS', 'XAU', 'eur', 'EURO', '', '__proto__', 'toString'])('%j is no currency', (code) => {
    expect(isCurrency(code)).toBe(false);
  });
});

describe('amounts', () => {
  it('come back from their text, in every currency and size', () => {
    fc.assert(
      fc.property(cents, currency, (amount, code) => {
        expect(parseAmount(formatAmount(amount, code), code)).toEqual({ cents: amount });
      }),
    );
  });

  it('are read digit by digit: the text with the point taken out is the number of minor units', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000_000 }), fc.nat({ max: 99 }), (whole, fraction) => {
        const text = `${whole}.${String(fraction).padStart(2, '0')}`;
        expect(parseAmount(text, 'EUR' as Currency)).toEqual({ cents: whole * 100 + fraction });
      }),
    );
  });

  it.each([
    ['12.50', 'EUR', 1250],
    ['12.5', 'EUR', 1250],
    ['12', 'EUR', 1200],
    ['0', 'EUR', 0],
    ['0.00', 'EUR', 0],
    ['1.005', 'KWD', 1005],
    ['1250', 'JPY', 1250],
    ['90071992547409.91', 'EUR', Number.MAX_SAFE_INTEGER],
  ])('%s %s is %i', (text, code, expected) => {
    expect(parseAmount(text, code as Currency)).toEqual({ cents: expected });
  });

  it.each([
    ['-1', 'EUR', 'must not be negative'],
    ['12.345', 'EUR', 'must have at most 2 decimals in EUR'],
    ['12.0', 'JPY', 'must be a whole amount in JPY'],
    ['90071992547409.92', 'EUR', 'is too large'],
    ['9'.repeat(400), 'EUR', 'is too large'],
    ['', 'EUR', 'must be a decimal amount such as "12.50"'],
    ['1e3', 'EUR', 'must be a decimal amount such as "12.50"'],
    ['1,50', 'EUR', 'must be a decimal amount such as "12.50"'],
    [' 1', 'EUR', 'must be a decimal amount such as "12.50"'],
    ['.5', 'EUR', 'must be a decimal amount such as "12.50"'],
    ['5.', 'EUR', 'must be a decimal amount such as "12.50"'],
    ['١', 'EUR', 'must be a decimal amount such as "12.50"'],
    ['NaN', 'EUR', 'must be a decimal amount such as "12.50"'],
  ])('%j %s %s', (text, code, reason) => {
    expect(parseAmount(text, code as Currency)).toEqual({ reason });
  });
});

describe('sums', () => {
  const line = fc.record({ qty: fc.integer({ min: 1, max: 1_000_000 }), unitPriceCents: fc.nat() });

  it('are exact, or refused', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 50 }), (lines) => {
        const exact = lines.reduce((sum, { qty, unitPriceCents }) => sum + BigInt(qty) * BigInt(unitPriceCents), 0n);
        expect(sumOf(lines)).toBe(exact > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(exact));
      }),
    );
  });

  it('end at the largest integer that JSON readers hold exactly', () => {
    const largest = { qty: 1, unitPriceCents: Number.MAX_SAFE_INTEGER };
    expect(sumOf([largest])).toBe(Number.MAX_SAFE_INTEGER);
    expect(sumOf([largest, { qty: 1, unitPriceCents: 1 }])).toBeUndefined();
    expect(sumOf([{ qty: Number.MAX_SAFE_INTEGER, unitPriceCents: Number.MAX_SAFE_INTEGER }])).toBeUndefined();
  });
});
