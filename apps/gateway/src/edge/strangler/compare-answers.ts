import { JSONPathEnvironment, type JSONPathQuery } from 'json-p3';
import microdiff from 'microdiff';
import type { Comparison } from './slice.ts';

/** One place at which two answers differ; a side that has nothing there is `undefined`. */
export interface Difference {
  /** A normalized path (RFC 9535, section 2.7), or `status`. */
  readonly path: string;
  readonly control: unknown;
  readonly candidate: unknown;
}

/** An answer as it is compared: the body only counts when it is a success, because problems carry ids and times. */
export interface ComparedAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface AnswerComparison {
  differences(control: ComparedAnswer, candidate: ComparedAnswer): Difference[];
  /** The moment up to which the candidate says that it is complete. */
  asOf(candidate: ComparedAnswer): Date | undefined;
  /** Whether the value at this normalized path may be shown in an example. */
  mayShow(path: string, answer: ComparedAnswer): boolean;
}

type Path = readonly (string | number)[];

/** Compares answers as `rules` say. Throws JSONPathError for a path that is not RFC 9535: a defect of the table of slices. */
export function createAnswerComparison(rules: Comparison): AnswerComparison {
  const environment = new JSONPathEnvironment();
  const ignored = rules.ignore.map((path) => environment.compile(path));
  const shown = rules.show.map((path) => environment.compile(path));
  const asOf = rules.asOf === undefined ? undefined : environment.compile(rules.asOf);
  const unordered = Object.entries(rules.unordered ?? {}).map(([path, member]) => ({
    list: environment.compile(path),
    member,
  }));

  function comparable(body: unknown): unknown {
    // Through JSON, as it is sent: the control comes from this process and may hold a Date or an undefined member.
    const copy = JSON.parse(JSON.stringify(body ?? null)) as unknown;
    for (const { list, member } of unordered) for (const entries of valuesOf(list, copy)) sortBy(entries, member);
    // All are found before the first is taken out: a filter may ask for what another path ignores.
    const paths = ignored.flatMap((query) => pathsOf(query, copy));
    for (const path of paths) takeOut(copy, path);
    return copy;
  }

  return {
    differences(control, candidate) {
      if (control.status !== candidate.status) {
        return [{ path: 'status', control: control.status, candidate: candidate.status }];
      }
      if (control.status >= 300) return [];
      // Under one member, because the diff compares objects and an answer may be any JSON value.
      const found = microdiff({ $: comparable(control.body) }, { $: comparable(candidate.body) }, { cyclesFix: false });
      return found.map((difference) => ({
        path: normalized(difference.path.slice(1)),
        control: difference.type === 'CREATE' ? undefined : difference.oldValue,
        candidate: difference.type === 'REMOVE' ? undefined : difference.value,
      }));
    },
    asOf({ body }) {
      const [value] = asOf ? valuesOf(asOf, body) : [];
      const instant = typeof value === 'string' ? new Date(value) : undefined;
      return instant && !Number.isNaN(instant.getTime()) ? instant : undefined;
    },
    mayShow: (path, { body }) =>
      path === 'status' ||
      shown.some((query) => pathsOf(query, body).some((location) => normalized(location) === path)),
  };
}

function valuesOf(query: JSONPathQuery, body: unknown): unknown[] {
  return query.query(body as never).nodes.map(({ value }) => value);
}

function pathsOf(query: JSONPathQuery, body: unknown): Path[] {
  return query.query(body as never).nodes.map(({ location }) => location);
}

function sortBy(entries: unknown, member: string): void {
  if (!Array.isArray(entries)) return;
  const key = (entry: unknown) => String((entry as Record<string, unknown> | null)?.[member]);
  entries.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** An entry of a list keeps its place, so that the entries behind it keep theirs. */
function takeOut(root: unknown, path: Path): void {
  const last = path.at(-1);
  if (last === undefined) return;
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((value, part) => (value as Record<string | number, unknown>)?.[part], root);
  if (Array.isArray(parent)) parent[last as number] = null;
  else if (typeof parent === 'object' && parent !== null) delete (parent as Record<string, unknown>)[last];
}

function normalized(path: Path): string {
  return `$${path.map((part) => (typeof part === 'number' ? `[${part}]` : `['${part.replace(/['\\]/g, '\\$&')}']`)).join('')}`;
}
