import { decimalsOf, isCurrency } from '@atlas/event-contracts';
import type { Interval } from '../period/period.domain.ts';

/**
 * Numbers and dates as the pictures write them: in English, in UTC, and exact where they are not said to be rounded. One
 * language, because the API speaks one.
 */
const locale = 'en-GB';

/** "€12,345.67": every digit, whatever the size, with the decimals that ISO 4217 gives the currency. */
export function money(cents: number | bigint, currency: string): string {
  return moneyFormat(currency)(cents);
}

/** The same as a function for many amounts: to make a format takes a thousand times as long as to use it. */
export function moneyFormat(currency: string): (cents: number | bigint) => string {
  const digits = decimalsIn(currency);
  if (!isCurrency(currency)) return (cents) => `${decimalText(BigInt(cents), digits)} ${currency}`;
  const format = new Intl.NumberFormat(locale, {
    ...symbolOf(currency),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (cents) => format.format(decimalText(BigInt(cents), digits) as Intl.StringNumericLiteral);
}

/** "€12.3k" for an axis: rounded to three digits. What it formats is in whole units of the currency. */
export function roundMoney(currency: string): (value: number) => string {
  if (!isCurrency(currency)) return roundCount;
  const format = new Intl.NumberFormat(locale, {
    ...symbolOf(currency),
    notation: 'compact',
    maximumSignificantDigits: 3,
    minimumFractionDigits: 0,
  });
  return (value) => format.format(value);
}

const counts = new Intl.NumberFormat(locale);

/** "1,234". */
export function count(value: number | bigint): string {
  return counts.format(value);
}

/** "12K" for an axis. */
export function roundCount(value: number): string {
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
}

/** "1 order", "2 orders". */
export function counted(value: number | bigint, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 || value === 1n ? one : many}`;
}

/** "450 ms", "1.2 s", "3 min 20 s", "2 h 5 min": as much as one reads at a glance. */
export function duration(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${Number(seconds.toPrecision(2))} s`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours === 0 ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${count(hours)} h ${minutes} min`;
}

const dates = {
  day: dateFormat({ day: 'numeric', month: 'short', year: 'numeric' }),
  month: dateFormat({ month: 'long', year: 'numeric' }),
  shortDay: dateFormat({ day: 'numeric', month: 'short' }),
  shortDate: dateFormat({ day: 'numeric', month: 'short', year: '2-digit' }),
  shortMonth: dateFormat({ month: 'short', year: 'numeric' }),
};

/** "22 Nov 2026". */
export function day(date: string): string {
  return dates.day.format(new Date(date));
}

/** What one interval is called: "22 Nov 2026", "week of 16 Nov 2026", "November 2026". */
export function intervalName(date: string, interval: Interval): string {
  if (interval === 'month') return dates.month.format(new Date(date));
  return interval === 'week' ? `week of ${day(date)}` : day(date);
}

/** What stands under the steps of an axis, where there is little room: with the year where there are several. */
export function ticksOf(steps: readonly string[], interval: Interval): string[] {
  const years = new Set(steps.map((date) => date.slice(0, 4))).size;
  const format = interval === 'month' ? dates.shortMonth : years > 1 ? dates.shortDate : dates.shortDay;
  return steps.map((date) => format.format(new Date(date)));
}

/** "24 Oct 2026 to 22 Nov 2026, by day". */
export function periodName({ from, to, interval }: { from: string; to: string; interval: Interval }): string {
  return from === to ? `${day(from)}` : `${day(from)} to ${day(to)}, by ${interval}`;
}

/** How far the numbers are: "Newest event counted: 22 Nov 2026, 20:15:03 UTC; counted 184 ms after it happened". */
export function freshness({ as_of, lag_seconds }: { as_of: string | null; lag_seconds: number | null }): string {
  if (as_of === null) return 'Nothing has been counted yet';
  const newest = `Newest event counted: ${day(as_of)}, ${as_of.slice(11, 19)} UTC`;
  return lag_seconds === null ? newest : `${newest}; counted ${duration(lag_seconds * 1000)} after it happened`;
}

function dateFormat(parts: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { ...parts, timeZone: 'UTC' });
}

/** The short symbol is enough: the currency is always named beside an amount. */
function symbolOf(currency: string) {
  return { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const;
}

function decimalText(cents: bigint, decimals: number): string {
  const sign = cents < 0n ? '-' : '';
  const digits = String(cents < 0n ? -cents : cents).padStart(decimals + 1, '0');
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** An amount as a number to draw with: near enough for a picture, never for a sum. */
export function wholeUnits(cents: number, currency: string): number {
  return cents / 10 ** decimalsIn(currency);
}

function decimalsIn(currency: string): number {
  return isCurrency(currency) ? decimalsOf(currency) : 2;
}
