/** Text of a file as one line that can do nothing to a terminal: no control characters, at most `length` characters. */
export function printable(text: string, length = 300): string {
  const safe = text.replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, '�');
  return safe.length > length ? `${safe.slice(0, length - 1)}…` : safe;
}
