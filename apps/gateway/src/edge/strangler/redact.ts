/**
 * What may be kept of a value that belongs to a tenant: its type and, where it has one, its length. Enough to see that
 * something is missing, empty, longer or of another type; an operator who needs the value asks the API for it.
 */
export function redacted(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `text of ${value.length}`;
  if (Array.isArray(value)) return `list of ${value.length}`;
  if (typeof value === 'object') return `object of ${Object.keys(value).length}`;
  return typeof value;
}

/** A path and query without the values of the query, which may be search words or addresses. */
export function redactedPath(path: string): string {
  const { pathname, searchParams } = new URL(path, 'http://gateway');
  const names = [...new Set(searchParams.keys())];
  return names.length === 0
    ? pathname
    : `${pathname}?${names.map((name) => `${encodeURIComponent(name)}=…`).join('&')}`;
}
