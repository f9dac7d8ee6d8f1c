import { type Currency, decimalsOf } from './currency.domain.ts';

/**
 * Reads a decimal amount ("12.50") as a whole number of minor units (1250), digit by digit and never through a
 * fraction. A shorter fraction is filled up ("2.1" is 210). Returns the reason in words when the text is not an amount, is
 * negative, has more decimals than the currency, or is beyond Number.MAX_SAFE_INTEGER.
 */
export function parseAmount(text: string, currency: Currency): { cents: number } | { reason: string } {
  const decimals = decimalsOf(currency);
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) {
    return { reason: /^-/.test(text) ? 'must not be negative' : 'must be a decimal amount such as "12.50"' };
  }
  const [, whole = '', fraction = ''] = match;
  if (fraction.length > decimals) {
    return {
      reason:
        decimals === 0
          ? `must be a whole amount in ${currency}`
          : `must have at most ${decimals} decimals in ${currency}`,
    };
  }
  const cents = Number(whole + fraction.padEnd(decimals, '0'));
  return Number.isSafeInteger(cents) ? { cents } : { reason: 'is too large' };
}

/** Writes minor units as a decimal amount with all decimals of the currency: 1250 in EUR is "12.50". */
export function formatAmount(cents: number, currency: Currency): string {
  const decimals = decimalsOf(currency);
  if (decimals === 0) return String(cents);
  const digits = String(cents).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/**
 * The sum of quantity times unit price in minor units, or undefined when it is beyond Number.MAX_SAFE_INTEGER and could
 * no longer be exact in JSON.
 */
export function sumOf(lines: readonly { qty: number; unitPriceCents: number }[]): number | undefined {
  const sum = lines.reduce((total, line) => total + BigInt(line.qty) * BigInt(line.unitPriceCents), 0n);
  return sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : undefined;
}
