import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `90s`, `15m`, `2h`, `3d` as so long before `now`, or a date of ISO 8601 as itself. */
export function moment(now: () => Date): (text: string) => Date {
  return (text) => {
    const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
    if (count !== undefined) return new Date(now().getTime() - Number(count) * (UNIT_MS[unit] ?? 0));
    const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : new Date(Number.NaN);
    if (Number.isNaN(date.getTime())) {
      throw new InvalidArgumentError('Give an age like 90s, 15m, 2h, 3d, or a date like 2026-11-22T08:00:00Z.');
    }
    return date;
  };
}

/** Reads a whole number of at least 1. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Give a whole number of at least 1.');
  return Number(text);
}

/** Reads messages per second: a number above 0, fractions allowed. */
export function rate(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0) {
    throw new InvalidArgumentError('Give the messages per second, a number above 0.');
  }
  return value;
}

/** Reads a fingerprint or its beginning, at least 4 characters, as `atlas dlq list` shows it. */
export function fingerprint(text: string): string {
  if (!/^([0-9a-f]{4,16}|receive-limit)$/.test(text)) {
    throw new InvalidArgumentError('Give a fingerprint as "atlas dlq list" shows it, at least its first 4 characters.');
  }
  return text;
}
