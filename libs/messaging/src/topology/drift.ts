/** An attribute that is not what it should be; absent `from`: it is not set. */
export interface AttributeChange {
  readonly name: string;
  readonly from?: string | undefined;
  readonly to: string;
}

/**
 * The attributes whose value differs from the wanted one. JSON documents (policies) are compared by meaning: AWS
 * reorders their keys and gives numbers back as strings. Attributes that nobody asked for are left alone.
 */
export function driftOf(
  wanted: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string | undefined>>,
): AttributeChange[] {
  return Object.entries(wanted)
    .filter(([name, to]) => meaning(to) !== meaning(found[name]))
    .map(([name, to]) => ({ name, from: found[name], to }));
}

/** `VisibilityTimeout 5 -> 30`; of a policy only the members that differ: `RedrivePolicy.maxReceiveCount 5 -> 10`. */
export function describeAttributeChange({ name, from, to }: AttributeChange): string {
  const [before, after] = [documentOf(from), documentOf(to)];
  if (before === undefined || after === undefined) return `${name} ${from ?? 'not set'} -> ${to}`;
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => same(before[key]) !== same(after[key]))
    .map((key) => `${name}.${key} ${describeMember(before[key], after[key])}`)
    .join(', ');
}

/** A list by what is taken out of it and put into it, because the lists of filter policies are long and nearly equal. */
function describeMember(before: unknown, after: unknown): string {
  if (!Array.isArray(before) || !Array.isArray(after)) return `${text(before)} -> ${text(after)}`;
  const without = (list: unknown[], other: unknown[]) => list.filter((each) => !other.map(same).includes(same(each)));
  const marked = (mark: string, list: unknown[]) => list.map((each) => `${mark}${text(each)}`);
  return [...marked('-', without(before, after)), ...marked('+', without(after, before))].join(' ');
}

const text = (value: unknown): string => {
  if (value === undefined) return 'not set';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

const same = (value: unknown): string | undefined => JSON.stringify(sorted(value));

function meaning(value: string | undefined): string | undefined {
  const document = documentOf(value);
  return document === undefined ? value : same(document);
}

function documentOf(value: string | undefined): Record<string, unknown> | undefined {
  if (!value?.startsWith('{')) return undefined;
  try {
    return JSON.parse(value) as Record<string, unknown>;
  } catch {
    return undefined;
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
