/** Shows amounts of one currency. Made once per mail, because an Intl formatter costs more than what it formats. */
export interface MoneyFormat {
  /**
   * A decimal string in the major unit (`"12.50"` -> `£12.50`). It is never turned into a float, so any number of
   * digits stays exact.
   */
  decimal(amount: string): string;
  /**
   * An amount in the minor unit (`1250` -> `£12.50`, in yen `¥1,250`). The number of minor digits is the one of ISO
   * 4217.
   */
  minor(amount: number | bigint): string;
}

/** The format of a currency by its ISO 4217 code; a code that the standard does not know is shown as it is. */
export function moneyIn(currency: string): MoneyFormat {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  // Intl takes decimal strings without rounding them to a double (ECMA-402, Intl.NumberFormat v3).
  const decimal = (amount: string) => format.format(amount as `${number}`);
  return { decimal, minor: (amount) => decimal(toDecimal(BigInt(amount), digits)) };
}

function toDecimal(minor: bigint, digits: number): string {
  if (digits === 0) return minor.toString();
  const padded = minor.toString().padStart(digits + 1, '0');
  return `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}

const dateFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
const timeFormat = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' });
const countFormat = new Intl.NumberFormat('en');

/** Formats an instant for a reader in UTC: `22 November 2026, 08:37 UTC`. */
export function formatInstant(instant: string): string {
  const date = new Date(instant);
  return `${dateFormat.format(date)}, ${timeFormat.format(date)} UTC`;
}

/** Formats a whole number: `1,200`. */
export function formatNumber(count: number): string {
  return countFormat.format(count);
}

/** Formats a count with its noun: `1 item`, `12 items`. */
export function formatCount(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}
