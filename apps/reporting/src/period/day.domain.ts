/** The UTC date of an instant as events have it (RFC 3339 with `Z`). */
export function dayOf(instant: string): string {
  return instant.slice(0, 10);
}
