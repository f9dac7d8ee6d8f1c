/**
 * Formats a decimal string in the currency's major unit (`"12.50"`, `GBP` -> `£12.50`). The string is never turned into
 * a float, so any number of digits stays exact. A code that ISO 4217 does not know is shown as it is.
 */
export function formatDecimal(decimal: string, currency: string): string {
  const format = currencyFormat(currency);
  // Intl takes decimal strings without rounding them to a double (ECMA-402, Intl.NumberFormat v3).
  return format.format(decimal as `${number}`);
}

/**
 * Formats an amount in the currency's minor unit (`1250`, `GBP` -> `£12.50`; `1250`, `JPY` -> `¥1,250`). The number of
 * minor digits is the one of ISO 4217.
 */
export function formatMinor(amountMinor: number | bigint, currency: string): string {
  return formatDecimal(toDecimal(BigInt(amountMinor), minorDigits(currency)), currency);
}

function currencyFormat(currency: string): Intl.NumberFormat {
  return new Intl.NumberFormat('en', { style: 'currency', currency });
}

function minorDigits(currency: string): number {
  return currencyFormat(currency).resolvedOptions().maximumFractionDigits ?? 2;
}

function toDecimal(minor: bigint, digits: number): string {
  if (digits === 0) return minor.toString();
  const padded = minor.toString().padStart(digits + 1, '0');
  return `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}

/** Formats an instant for a reader in UTC: `22 November 2026, 08:37 UTC`. */
export function formatInstant(instant: string): string {
  const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(instant));
  const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' }).format(new Date(instant));
  return `${date}, ${time} UTC`;
}

/** Formats a count with its noun: `1 item`, `12 items`. */
export function formatCount(count: number, noun: string): string {
  return `${new Intl.NumberFormat('en').format(count)} ${noun}${count === 1 ? '' : 's'}`;
}
