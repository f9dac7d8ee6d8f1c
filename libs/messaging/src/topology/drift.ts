/**
 * The attributes whose value differs from the wanted one. JSON documents (policies) are compared by meaning: AWS
 * reorders their keys and gives numbers back as strings. Attributes that nobody asked for are left alone.
 */
export function driftedAttributes(
  wanted: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => meaning(value) !== meaning(found[name])));
}

function meaning(value: string | undefined): string | undefined {
  if (!value?.startsWith('{')) return value;
  try {
    return JSON.stringify(sorted(JSON.parse(value)));
  } catch {
    return value;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (value === null || typeof value !== 'object') return String(value);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, sorted(inner)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
