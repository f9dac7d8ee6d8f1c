import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { z } from 'zod';
import { createArrivals } from './arrivals.ts';
import type { Arrivals } from './arrivals.ts';
import { openJournal } from './journal.ts';
import type { Journal, JournalRecord } from './journal.ts';

const mailSchema = z.object({
  id: z.number().int(),
  message_id: z.string().nullable(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  received_at: z.string(),
});

/** What the list shows of one received mail; addresses are those of the SMTP envelope. */
export type Mail = z.infer<typeof mailSchema> & { size: number };

/** Copies of one Message-ID beyond the first are what "twice" means for a mail. */
export interface MailSummary {
  received: number;
  distinct: number;
  doubled: { message_id: string; copies: number }[];
}

export interface MailQuery {
  /** Part of a recipient's address, of the subject or of the Message-ID; absent finds everything. */
  search?: string | undefined;
  limit: number;
  /** How many of the newest are skipped. */
  offset?: number | undefined;
}

/** Everything the world's mailboxes have received, by Message-ID and newest first. */
export interface MailStore {
  /** Resolves once the mail would survive a SIGKILL. */
  add(mail: { from: string; to: string[]; raw: Buffer }): Promise<void>;
  copiesOf(messageId: string): number;
  /** The first copy of a Message-ID. */
  firstOf(messageId: string): Mail | undefined;
  summary(since?: Date): MailSummary;
  list(query: MailQuery): { items: Mail[]; total: number };
  get(id: number): Mail | undefined;
  raw(id: number): Promise<Buffer | undefined>;
  parsed(id: number): Promise<Email | undefined>;
  readonly arrivals: Arrivals<Mail>;
  readonly damaged: number;
  close(): Promise<void>;
}

/** Opens the store, with what an earlier process has written to `path` (absent: in memory). */
export async function openMailStore(options: { path?: string | undefined; clock: () => Date }): Promise<MailStore> {
  // atlas-local-ok: an index over the journal of the one mail catcher
  const records: JournalRecord<z.infer<typeof mailSchema>>[] = [];
  const byId = new Map<number, number>();
  const byMessageId = new Map<string, number[]>();
  const arrivals = createArrivals<Mail>();
  // atlas-local-ok: the last id in the journal of the one mail catcher
  let lastId = 0;

  const journal: Journal<z.infer<typeof mailSchema>> = await openJournal({
    path: options.path,
    schema: mailSchema,
    onRecord: (record) => {
      const { id, message_id } = record.meta;
      lastId = Math.max(lastId, id);
      byId.set(id, records.push(record) - 1);
      if (message_id !== null) byMessageId.set(message_id, [...(byMessageId.get(message_id) ?? []), id]);
      arrivals.announce(message_id === null ? [] : [message_id], mailOf(record));
    },
  });
  const recordOf = (id: number) => records[byId.get(id) ?? -1];
  const get = (id: number) => withDefined(recordOf(id), mailOf);
  const raw = async (id: number) => withDefined(recordOf(id), journal.read);

  return {
    add: async ({ from, to, raw }) => {
      const receivedAt = options.clock().toISOString();
      const email = await PostalMime.parse(raw);
      lastId += 1;
      const id = lastId;
      const messageId = email.messageId ?? null;
      await journal.append(
        { id, message_id: messageId, from, to, subject: email.subject ?? '', received_at: receivedAt },
        raw,
      );
    },
    copiesOf: (messageId) => byMessageId.get(bracketed(messageId))?.length ?? 0,
    firstOf: (messageId) => withDefined(byMessageId.get(bracketed(messageId))?.[0], get),
    summary: (since) =>
      summarise(records.map(({ meta }) => meta).filter(({ received_at }) => isSince(received_at, since))),
    list: (query) => page(records, query),
    get,
    raw,
    parsed: async (id) => withDefined(await raw(id), (content) => PostalMime.parse(content)),
    arrivals,
    damaged: journal.damaged,
    close: journal.close,
  };
}

/** `<id>` is what a Message-ID header holds; ids without brackets are accepted wherever one is asked for. */
export function bracketed(messageId: string): string {
  return messageId.startsWith('<') ? messageId : `<${messageId}>`;
}

function mailOf({ meta, length }: JournalRecord<z.infer<typeof mailSchema>>): Mail {
  return { ...meta, size: length };
}

function withDefined<A, B>(value: A | undefined, then: (value: A) => B): B | undefined {
  return value === undefined ? undefined : then(value);
}

function isSince(receivedAt: string, since: Date | undefined): boolean {
  return since === undefined || Date.parse(receivedAt) >= since.getTime();
}

function summarise(mails: { message_id: string | null }[]): MailSummary {
  const copies = new Map<string, number>();
  let anonymous = 0;
  for (const { message_id } of mails) {
    if (message_id === null) anonymous += 1;
    else copies.set(message_id, (copies.get(message_id) ?? 0) + 1);
  }
  const doubled = [...copies].filter(([, count]) => count > 1);
  return {
    received: mails.length,
    distinct: copies.size + anonymous,
    doubled: doubled.map(([message_id, count]) => ({ message_id, copies: count })),
  };
}

function page(records: JournalRecord<z.infer<typeof mailSchema>>[], { search, limit, offset = 0 }: MailQuery) {
  const wanted = search?.trim().toLowerCase() ?? '';
  const matches =
    wanted === ''
      ? records
      : records.filter(({ meta }) =>
          [...meta.to, meta.subject, meta.message_id ?? ''].some((field) => field.toLowerCase().includes(wanted)),
        );
  const end = Math.max(0, matches.length - offset);
  return {
    items: matches
      .slice(Math.max(0, end - limit), end)
      .reverse()
      .map(mailOf),
    total: matches.length,
  };
}
