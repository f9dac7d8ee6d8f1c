import { createHash } from 'node:crypto';
import { type Envelope, type EventKey, parseEnvelope } from '@atlas/event-contracts';
import { readItem } from '@atlas/platform';
import { z } from 'zod';

/** A tenant's events are spread over this many partitions, each of which takes about 1,000 writes a second (a quota of DynamoDB). */
const PARTITIONS = 4;

/** The key of an event in the journal; the tenant comes first, as everywhere. */
export interface JournalKey {
  readonly pk: string;
  readonly sk: string;
}

/** An event as it lies in the journal, with what has been done with it. */
export interface JournalEntry extends JournalKey {
  readonly eventKey: EventKey;
  readonly envelope: Envelope;
  /** `<build>`, or `<build>#<i>/<n>` for the i-th of n parts of an event that is too large for one transaction. */
  readonly marks: ReadonlySet<string>;
}

/** Where an event is, or will be, in the journal. */
export function journalKey({ tenant_id: tenant, id }: Pick<Envelope, 'tenant_id' | 'id'>): JournalKey {
  const partition = createHash('sha256').update(id).digest()[0]! % PARTITIONS;
  return { pk: `TENANT#${tenant}#${partition}`, sk: `EVENT#${id}` };
}

const journalItem = z.object({
  pk: z.string(),
  sk: z.string(),
  envelope: z.string(),
  marks: z.set(z.string()).optional(),
});

/**
 * The entry that an item of the journal stands for. The envelope is read as a consumer reads it: in the newest minor version of its
 * major. Throws CorruptItemError for an item of another shape, PoisonMessageError for an event that the contracts of today refuse.
 */
export function journalEntry(item: Record<string, unknown>): JournalEntry {
  const { pk, sk, envelope: text, marks = new Set<string>() } = readItem(journalItem, item, 'journal entry');
  const { key, envelope } = parseEnvelope(text);
  return { pk, sk, eventKey: key, envelope, marks };
}
