import type { EventKey, EventOf } from '@atlas/event-contracts';

/** What one event adds to one row of a projection. */
export interface Change {
  /** The dimensions of the row; the first is always a UTC date `YYYY-MM-DD`, because reads are ranges of it. Any text: it is encoded. */
  readonly row: readonly string[];
  /** What to add to each measure: safe integers, negative ones too; `bigint` for what may be larger, up to 35 digits. */
  readonly add: Readonly<Record<string, number | bigint>>;
}

/**
 * A read model as a declaration: which events it hears and what each of them adds to which rows. It only ever adds, so that
 * the order of events does not matter and any split of them into batches has the same result.
 */
export interface Projection<K extends EventKey = EventKey> {
  /** Such as `revenue-daily`: the name that people type. */
  readonly name: string;
  /** Its table without the prefix. */
  readonly table: string;
  /** Of `project`, from 1: a changed function is a new version, declared beside the old one while the old one is live. */
  readonly version: number;
  readonly events: readonly K[];
  /** The names of the parts of `Change.row`, `date` first. */
  readonly dimensions: readonly string[];
  /**
   * Copies of each row that writers take turns on and readers add up, 1 to 64, each with a partition key of its own: transactions on one
   * copy refuse each other, and a partition key takes a thousand write units a second. Readers ask for just so many: to change it is another name.
   */
  readonly shards: number;
  /**
   * Lets rows that differ in the last dimension only share items: so many for each combination of the others, 2 to 256. For a dimension
   * with many values of which an event names a good part, such as the SKUs of a day: an order with fifty lines then writes far fewer items.
   * An item holds 400 KB, which is some thousand values. To change it is another name.
   */
  readonly packed?: number;
  /** Whether every change is also added to the rows of all tenants together, for operators. */
  readonly everyone: boolean;
  /** Pure, and the same for the same event for ever: changes of one event may name a row twice, and are added up. */
  project(event: EventOf<K>): readonly Change[];
}

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Returns the declaration with its types. Throws TypeError for one that cannot work: it is a mistake in the code. */
export function defineProjection<const K extends EventKey>(projection: Projection<K>): Projection<K> {
  const wrong = mistakesOf(projection);
  if (wrong.length > 0) throw new TypeError(`The projection "${projection.name}" cannot work: ${wrong.join('; ')}.`);
  return projection;
}

function mistakesOf({ name, table, version, events, dimensions, shards, packed }: Projection): string[] {
  const rules: [boolean, string][] = [
    [namePattern.test(name), 'its name is not in kebab-case'],
    [namePattern.test(table), 'its table is not in kebab-case'],
    [Number.isSafeInteger(version) && version >= 1, 'its version is not 1, 2, 3, …'],
    [events.length > 0 && new Set(events).size === events.length, 'it hears no event, or one twice'],
    [dimensions[0] === 'date', 'its first dimension is not "date"'],
    [new Set(dimensions).size === dimensions.length, 'a dimension has the name of another'],
    [Number.isInteger(shards) && shards >= 1 && shards <= 64, 'it has not 1 to 64 shards'],
    [
      packed === undefined || (Number.isInteger(packed) && packed >= 2 && packed <= 256),
      'it is not packed into 2 to 256 items',
    ],
    [packed === undefined || dimensions.length > 1, 'it has only the date, which cannot be packed'],
  ];
  return rules.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise]));
}
