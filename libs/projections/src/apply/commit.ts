import { setTimeout as delay } from 'node:timers/promises';
import {
  type CancellationReason,
  DynamoDBServiceException as ServiceException,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DependencyUnavailableError, isDenied, isUnreachable, type Probe, SetupError } from '@atlas/platform';
import { type Pack, pack } from './pack.ts';
import { actionsOf } from './transaction.ts';
import { type EventWork, withoutMarks } from './work.ts';

/** Transactions of one batch that are under way at the same time. */
const AT_ONCE = 4;
/** Full jitter from 5 ms, doubling to 400 ms: together up to two seconds, after which the messages come again later. */
const MAX_ATTEMPTS = 12;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 400;

export interface CommitDeps {
  readonly dynamo: DynamoDBDocumentClient;
  readonly journal: string;
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
}

/**
 * Makes the way into the tables. A transaction whose marks are partly there is sent again without them; one that met another transaction
 * is sent again to other shards. An error that is not about the store as a whole is narrowed down to the event that causes it. Nothing is thrown:
 * what could not be written is in `failed`, with the error.
 */
export function createCommit({ dynamo, journal, random, probe, pause = delay }: CommitDeps): Commit {
  async function send(one: Pack, turn: number): Promise<void> {
    await dynamo.send(new TransactWriteItemsCommand({ TransactItems: actionsOf(one, { journal, turn }) }));
  }

  async function write(first: Pack, tally: Tally, firstTurn: number): Promise<void> {
    // Transactions of one batch begin on different shards as far as there are any.
    let turn = firstTurn;
    let current = first;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await probe('projection.before-commit');
        await send(current, turn);
        await probe('projection.after-commit');
        return note(tally, current.events);
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === undefined) return narrowDown(current, error, tally, turn);
        const left = current.events.flatMap((event, index) => stillToDo(event, refusal[index]) ?? []);
        if (left.length === 0) return;
        if (attempt === MAX_ATTEMPTS) return fail(tally, left, away(error));
        if (left.length === current.events.length && left.every((event, index) => event === current.events[index])) {
          turn = Math.floor(random() * 4096);
          await pause(random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)));
        }
        // What is left was in one transaction, so it fits one.
        current = pack(left)[0]!;
      }
    }
  }

  /** An event that DynamoDB cannot take must not keep the others from being counted, nor itself elsewhere. */
  async function narrowDown(refused: Pack, error: unknown, tally: Tally, turn: number): Promise<void> {
    const [event, ...others] = refused.events;
    const parts = others.length > 0 ? refused.events : inPieces(event!);
    if (!isAboutContent(error)) return fail(tally, refused.events, isAboutStore(error) ? away(error) : error);
    if (parts.length < 2) return fail(tally, refused.events, error);
    for (const part of parts) for (const alone of pack([part])) await write(alone, tally, turn);
  }

  return async function commit(works) {
    const tally: Tally = { marked: new Map(), failed: new Map() };
    const base = Math.floor(random() * 4096);
    const packs = pack(works).map((one, index) => ({ one, turn: base + index }));
    const [alone, shared] = splitBySharing(packs);
    const worker = async (waiting: typeof packs) => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await write(next.one, tally, next.turn);
    };
    await Promise.all([
      worker(shared),
      ...Array.from({ length: Math.min(AT_ONCE, alone.length) }, () => worker(alone)),
    ]);
    return tally;
  };
}

/** Transactions that write the same event of the journal would refuse each other: they go one after the other. */
function splitBySharing<T extends { readonly one: Pack }>(packs: readonly T[]): [T[], T[]] {
  const uses = new Map<string, number>();
  const keysOf = ({ one }: T) => one.events.map(({ key }) => `${key.pk} ${key.sk}`);
  for (const key of packs.flatMap(keysOf)) uses.set(key, (uses.get(key) ?? 0) + 1);
  const isShared = (one: T) => keysOf(one).some((key) => uses.get(key)! > 1);
  return [packs.filter((one) => !isShared(one)), packs.filter(isShared)];
}

/** Why each action was refused, when sending again can help; undefined when it cannot. */
function refusalOf(error: unknown): readonly CancellationReason[] | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = error.CancellationReasons ?? [];
  const again = [
    'None',
    'ConditionalCheckFailed',
    'TransactionConflict',
    'ThrottlingError',
    'ProvisionedThroughputExceeded',
  ];
  return reasons.length > 0 && reasons.every(({ Code = 'None' }) => again.includes(Code)) ? reasons : undefined;
}

/** Whether the store has refused what it was asked to write, and would take something else. */
function isAboutContent(error: unknown): boolean {
  const name = (error as Error).name;
  return name === 'ValidationException' || (error instanceof TransactionCanceledException && !isUnreachable(error));
}

/** Whether nobody is let in, or a table is not there: a deployment that went wrong, about which no message can do anything. */
function isAboutStore(error: unknown): boolean {
  return isDenied(error) || error instanceof SetupError || error instanceof ServiceException;
}

/** For a consumer this is "later", and no failure of a message. */
const away = (cause: unknown) => new DependencyUnavailableError('dynamodb', { cause });

function inPieces(event: EventWork): EventWork[] {
  const inJournal = event.inJournal === 'new' ? 'maybe' : event.inJournal;
  return event.pieces.map((piece) => ({ ...event, inJournal, pieces: [piece] }));
}

/** The event as it is to be sent again, itself when nothing is known against it, or undefined when it has been counted. */
function stillToDo(event: EventWork, reason: CancellationReason | undefined): EventWork | undefined {
  if (reason?.Code !== 'ConditionalCheckFailed') return event;
  return withoutMarks(event, new Set(reason.Item?.['marks']?.SS ?? []));
}

function note({ marked }: Tally, events: readonly EventWork[]): void {
  for (const { envelope, pieces } of events) {
    marked.set(envelope.id, [...(marked.get(envelope.id) ?? []), ...pieces.map(({ mark }) => mark)]);
  }
}

function fail({ failed }: Tally, events: readonly EventWork[], error: unknown): void {
  for (const { envelope, pieces } of events) {
    const marks = pieces.length > 0 ? pieces.map(({ mark }) => mark) : [undefined];
    failed.set(envelope.id, [...(failed.get(envelope.id) ?? []), ...marks.map((mark) => ({ mark, error }))]);
  }
}
