import { setTimeout as delay } from 'node:timers/promises';
import { type CancellationReason, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Probe } from '@atlas/platform';
import { pauseAfter } from '../backoff.ts';
import { type Pack, pack } from './pack.ts';
import { actionsOf } from './transaction.ts';
import { away, isAboutContent, isAboutStore, refusalOf } from './transaction-errors.ts';
import { actionsFor, type EventWork, piecesThere, withoutMarks } from './work.ts';

/** Transactions of one batch that are under way at the same time. */
const AT_ONCE = 4;
/** With full jitter, together up to two seconds, after which the messages come again later. */
const MAX_ATTEMPTS = 12;
const backoff = { firstMs: 5, longestMs: 400 };

export interface CommitDeps {
  readonly dynamo: DynamoDBDocumentClient;
  /** The tables. */
  readonly journal: string;
  readonly marks: string;
  readonly random: () => number;
  readonly probe: Probe;
  /** Waits so many milliseconds; a test has a time of its own. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

export interface CommitReport {
  /** By event id, what this call has marked. */
  readonly marked: ReadonlyMap<string, readonly string[]>;
  /** By event id, what could not be written, and why. */
  readonly failed: ReadonlyMap<string, readonly FailedMark[]>;
}

export interface FailedMark {
  /** Undefined when it was only the journal that the event had to be put into. */
  readonly mark: string | undefined;
  readonly error: unknown;
}

/** Writes work into the journal and the rows: each piece once, whatever was written of it before and by whom. */
export type Commit = (works: readonly EventWork[]) => Promise<CommitReport>;

interface Tally {
  readonly marked: Map<string, string[]>;
  readonly failed: Map<string, FailedMark[]>;
  /** By journal key, the marks that the item of an event was created with, by this call or by whoever was faster. */
  readonly inJournal: Map<string, ReadonlySet<string>>;
}

/** How a transaction is sent. */
interface Turn {
  /** Chooses its shards. */
  readonly shard: number;
  /** Counts from 1. */
  readonly attempt: number;
}

/**
 * Makes the way into the tables. A transaction of which some marks are there is sent again without what they say; one that met another transaction
 * is sent again to other shards. An error that is not about the store as a whole is narrowed down to the event that causes it. Nothing is thrown:
 * what could not be written is in `failed`, with the error.
 */
export function createCommit({ dynamo, journal, marks, random, probe, pause = delay }: CommitDeps): Commit {
  const anyShard = () => Math.floor(random() * 4096);

  async function write(current: Pack, tally: Tally, { shard, attempt }: Turn): Promise<void> {
    const { events } = current;
    try {
      await probe('projection.before-commit');
      const TransactItems = actionsOf(current, { journal, marks, turn: shard });
      await dynamo.send(new TransactWriteItemsCommand({ TransactItems }));
      await probe('projection.after-commit');
      note(tally, events);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) return narrowDown(current, error, tally, shard);
      const left = stillToDo(events, refusal, tally);
      if (left.length === 0) return;
      if (attempt === MAX_ATTEMPTS) return fail(tally, left, away(error));
      const isNothingKnown = left.length === events.length && left.every((event, index) => event === events[index]);
      if (isNothingKnown) await pause(random() * pauseAfter(attempt, backoff));
      await writeAll(left, tally, { shard: isNothingKnown ? anyShard() : shard, attempt: attempt + 1 });
    }
  }

  /** Events that are larger than a transaction are in the journal before what is left of them is counted: at once, each piece with a mark of its own. */
  async function writeAll(works: readonly EventWork[], tally: Tally, turn: Turn, atOnce = 1): Promise<void> {
    const { packs, later } = pack(works);
    // Transactions of one batch begin on different shards as far as there are any.
    const waiting = packs.map((one, index) => ({ one, shard: turn.shard + index }));
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        await write(next.one, tally, { ...turn, shard: next.shard });
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, packs.length) }, worker));
    const open = stillOpen(later, tally);
    if (open.length > 0) await writeAll(open, tally, turn, atOnce);
  }

  /** An event that DynamoDB cannot take must not keep the others from being counted, nor itself elsewhere. */
  async function narrowDown({ events }: Pack, error: unknown, tally: Tally, shard: number): Promise<void> {
    if (!isAboutContent(error)) return fail(tally, events, isAboutStore(error) ? away(error) : error);
    const alone = (work: EventWork) => writeAll([work], tally, { shard, attempt: 1 });
    const [event, ...others] = events as [EventWork, ...EventWork[]];
    if (others.length > 0) {
      for (const one of events) await alone(one);
    } else if (event.inJournal === 'new' && event.pieces.length > 0) {
      await alone({ ...event, pieces: [] });
      for (const { pieces } of stillOpen([event], tally)) {
        for (const piece of pieces) await alone(piecesThere(event, [piece]));
      }
    } else if (event.pieces.length > 1) {
      for (const piece of event.pieces) await alone(piecesThere(event, [piece]));
    } else {
      fail(tally, events, error);
    }
  }

  return async function commit(works) {
    const tally: Tally = { marked: new Map(), failed: new Map(), inJournal: new Map() };
    await writeAll(works, tally, { shard: anyShard(), attempt: 1 }, AT_ONCE);
    return tally;
  };
}

const placeOf = ({ key: { pk, sk } }: EventWork): string => `${pk}\n${sk}`;

/** What is to be sent again: an event itself when nothing is known against it, nothing of one that has been counted. */
function stillToDo(events: readonly EventWork[], reasons: readonly CancellationReason[], tally: Tally): EventWork[] {
  let at = 0;
  return events.flatMap((event) => {
    const own = reasons.slice(at, (at += actionsFor(event)));
    const isThere = (index: number) => own[index]?.Code === 'ConditionalCheckFailed';
    if (event.inJournal === 'new') {
      if (!isThere(0)) return event;
      const marks = new Set(own[0]!.Item?.['marks']?.SS);
      tally.inJournal.set(placeOf(event), marks);
      return withoutMarks(event, marks) ?? [];
    }
    const pieces = event.pieces.filter((_, index) => !isThere(index));
    if (pieces.length === event.pieces.length) return event;
    return pieces.length === 0 ? [] : piecesThere(event, pieces);
  });
}

/** What is to be counted now of events that were to be put into the journal first. Those that could not be fail with all that is left of them. */
function stillOpen(later: readonly EventWork[], tally: Tally): EventWork[] {
  return later.flatMap((work) => {
    const marks = tally.inJournal.get(placeOf(work));
    if (marks) return withoutMarks(work, marks) ?? [];
    fail(tally, [work], tally.failed.get(work.envelope.id)?.[0]?.error);
    return [];
  });
}

function note({ marked, inJournal }: Tally, events: readonly EventWork[]): void {
  for (const event of events) {
    const { id } = event.envelope;
    const marks = event.pieces.map(({ mark }) => mark);
    marked.set(id, [...(marked.get(id) ?? []), ...marks]);
    if (event.inJournal === 'new') inJournal.set(placeOf(event), new Set(marks));
  }
}

function fail({ failed }: Tally, events: readonly EventWork[], error: unknown): void {
  for (const { envelope, pieces } of events) {
    const marks = pieces.length > 0 ? pieces.map(({ mark }) => mark) : [undefined];
    failed.set(envelope.id, [...(failed.get(envelope.id) ?? []), ...marks.map((mark) => ({ mark, error }))]);
  }
}
