export type CsvRow = Readonly<Record<string, string | number | null>>;

/** Text that a spreadsheet would run as a formula (OWASP, CSV injection). */
const formula = /^[=+\-@\t\r\n]/;
const special = /[",\r\n]/;

/**
 * Rows as RFC 4180 has them: a header, CRLF after each line, quotes where they are needed, nothing for null. Text that a
 * spreadsheet would take for a formula begins with an apostrophe, which it does not show.
 */
export function csvOf(columns: readonly string[], rows: readonly CsvRow[]): string {
  const lines = rows.map((row) => columns.map((column) => fieldOf(row[column] ?? null)));
  return [columns, ...lines].map((fields) => `${fields.join(',')}\r\n`).join('');
}

function fieldOf(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = formula.test(value) ? `'${value}` : value;
  return special.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
