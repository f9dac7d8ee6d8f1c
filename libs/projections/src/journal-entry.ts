import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Envelope, type EventKey, parseEnvelope } from '@atlas/event-contracts';
import { CorruptItemError, readItem } from '@atlas/platform';
import { z } from 'zod';

/** A tenant's events are spread over this many partitions, each of which takes about 1,000 writes a second (a quota of DynamoDB). */
const PARTITIONS = 4;

/** The key of an event in the journal; the tenant comes first, as everywhere. */
export interface JournalKey {
  readonly pk: string;
  readonly sk: string;
}

/** An event as it lies in the journal, for ever as it was put there. */
export interface JournalEntry extends JournalKey {
  readonly eventKey: EventKey;
  readonly envelope: Envelope;
  /**
   * What was counted in the transaction that put it there: `<build>`, or `<build>#<i>/<n>` for the i-th of n parts of an event that is
   * too large for one. What was counted later is in `Marks`.
   */
  readonly marks: ReadonlySet<string>;
}

/** Where an event is, or will be, in the journal. */
export function journalKey({ tenant_id: tenant, id }: Pick<Envelope, 'tenant_id' | 'id'>): JournalKey {
  const partition = createHash('sha256').update(id).digest()[0]! % PARTITIONS;
  return { pk: `TENANT#${tenant}#${partition}`, sk: `EVENT#${id}` };
}

/**
 * A small window: what repeats in an event are the names of its fields, a few dozen bytes apart. Larger ones save next to nothing of the size, and
 * take up to four times as long, because each event is compressed by itself. Any reader of raw deflate reads any of them.
 */
const DEFLATE = { windowBits: 11, memLevel: 5, chunkSize: 2_048 };
/** More than an event may have by far (256 KiB), and little enough that no item takes the process down; most fit the first chunk. */
const INFLATE = { maxOutputLength: 1024 * 1024, chunkSize: 2_048 };

/** An envelope as the journal keeps it: its JSON as raw deflate, which is less than half of it. */
export function storedEnvelope(envelope: Envelope): Uint8Array {
  return deflateRawSync(JSON.stringify(envelope), DEFLATE);
}

const journalItem = z.object({
  pk: z.string(),
  sk: z.string(),
  // Text in journals that were begun before envelopes were compressed.
  envelope: z.union([z.instanceof(Uint8Array), z.string()]),
  marks: z.set(z.string()).optional(),
});

/**
 * The entry that an item of the journal stands for. The envelope is read as a consumer reads it: in the newest minor version of its
 * major. Throws CorruptItemError for an item of another shape, PoisonMessageError for an event that the contracts of today refuse.
 */
export function journalEntry(item: Record<string, unknown>): JournalEntry {
  const { pk, sk, envelope: stored, marks = new Set<string>() } = readItem(journalItem, item, 'journal entry');
  const { key, envelope } = parseEnvelope(typeof stored === 'string' ? stored : inflated(stored, `${pk} ${sk}`));
  return { pk, sk, eventKey: key, envelope, marks };
}

function inflated(stored: Uint8Array, where: string): string {
  try {
    return inflateRawSync(stored, INFLATE).toString();
  } catch (error) {
    const reason = `its envelope is no event that was compressed (${(error as Error).message})`;
    throw new CorruptItemError('journal entry', where, reason);
  }
}
