import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Probe } from '@atlas/platform';
import { resolveQueue } from '../topology/resolve-queue.ts';
import { type AuditLog, createAuditLog, type OpenAudit } from './audit-log.ts';
import { depthOf, findDeadLetterQueues, type QueueDepth } from './dead-letter-queues.ts';
import type { DeadMessage } from './dead-message.ts';
import { type DeadLetterFilter, describeFilter } from './filter.ts';
import { createGroups, type DeadLetterGroup } from './groups.ts';
import { type BatchOutcome, deleteBatch, redriveBatch } from './operations.ts';
import { createPacer } from './pacer.ts';
import { createTally, type OperationReport } from './tally.ts';
import { type Progress, visitQueues, type Watched } from './visit-queues.ts';

/** An operation that leaves an audit record. */
export interface Operated extends Watched {
  /** Who does it. */
  readonly actor: string;
}

export interface Acted extends Operated {
  /** Only say what would happen. */
  readonly dryRun?: boolean | undefined;
  /** Messages per second at most; as fast as SQS takes them when left out. */
  readonly rate?: number | undefined;
}

export interface QueueReport {
  readonly queue: string;
  readonly deadLetterQueue: string;
  /** As SQS estimated it before the messages were read. */
  readonly depth: QueueDepth;
  /** Messages that were read; others are held by somebody at the moment. */
  readonly read: number;
  /** The messages that the filter means, by what went wrong. */
  readonly groups: readonly DeadLetterGroup[];
}

export interface DeadLetters {
  /** Depth of each dead-letter queue, and its messages grouped by what went wrong. */
  list(watched: Watched): Promise<QueueReport[]>;
  /** At most `limit` messages in full. They stay where they are. */
  peek(operated: Operated & { readonly limit: number }): Promise<DeadMessage[]>;
  /** Sends messages to the queue that they came from, with their id and trace, and deletes what was accepted. */
  redrive(acted: Acted): Promise<OperationReport>;
  /** Deletes messages for ever. */
  discard(acted: Acted): Promise<OperationReport>;
  /** Who did what. */
  readonly audit: AuditLog;
}

export interface DeadLettersOptions {
  readonly sqs: SQSClient;
  readonly dynamo: DynamoDBClient;
  readonly prefix: string;
  readonly clock: () => Date;
  readonly newId: () => string;
  readonly probe?: Probe | undefined;
}

/**
 * The tools of an operator for all dead-letter queues of the topology. Every operation is bounded by a snapshot: it takes
 * what was there when it began, and each message once, also when that fails again and returns while it runs. All but
 * `list` leave an audit record that is begun before anything is done. Methods throw UnknownQueueError for a queue that
 * does not exist, and SetupError when the audit table does not.
 */
export function createDeadLetters(options: DeadLettersOptions): DeadLetters {
  const { sqs, prefix, clock } = options;
  const audit = createAuditLog(options);
  const visitor = { sqs, clock };
  const queuesFor = (filter: DeadLetterFilter) => findDeadLetterQueues({ sqs, prefix, wanted: filter.queue });

  const operate = async (kind: 'redrive' | 'discard', acted: Acted, act: Act): Promise<OperationReport> => {
    const { actor, dryRun = false, rate, filter } = acted;
    const queues = await queuesFor(filter);
    const request = { ...describeFilter(filter), ...(rate === undefined ? {} : { rate }) };
    const record = await audit.begin({ kind, actor, dryRun, request });
    const tally = createTally(kind === 'redrive');
    const work = steadily(acted, act, async (outcome) => {
      tally.acted(outcome);
      await record.add(outcome.gone.map(({ id }) => id));
    });
    const visit = async (messages: readonly DeadMessage[]) => {
      tally.matched(messages);
      return dryRun ? [] : work(messages);
    };
    const run = () => visitQueues(visitor, queues, acted, { visit, done: tally.done, rate: dryRun ? undefined : rate });
    await recorded(record, tally.counts, run);
    return tally.report(record.operationId, dryRun);
  };
  return {
    audit,
    async list(watched) {
      const reports: QueueReport[] = [];
      for (const queue of await queuesFor(watched.filter)) {
        const groups = createGroups();
        let read = 0;
        const onProgress = (progress: Progress) => {
          read = progress.seen;
          watched.onProgress?.(progress);
        };
        const visit = async (messages: readonly DeadMessage[]) => {
          for (const message of messages) groups.add(message);
          return [];
        };
        const depth = await depthOf(sqs, queue.url);
        await visitQueues(visitor, [queue], { ...watched, onProgress }, { visit });
        reports.push({ queue: queue.sourceName, deadLetterQueue: queue.name, depth, read, groups: groups.list() });
      }
      return reports;
    },
    async peek(operated) {
      const { actor, filter, limit } = operated;
      const queues = await queuesFor(filter);
      const request = { ...describeFilter(filter), limit };
      const record = await audit.begin({ kind: 'peek', actor, dryRun: false, request });
      const shown: DeadMessage[] = [];
      const visit = async (messages: readonly DeadMessage[]) => {
        shown.push(...messages.slice(0, limit - shown.length));
        return [];
      };
      const counts = () => ({ shown: shown.length });
      await recorded(record, counts, async () => {
        await visitQueues(visitor, queues, operated, { visit, isEnough: () => shown.length >= limit });
        await record.add(shown.map(({ id }) => id));
      });
      return shown;
    },
    redrive: (acted) => {
      const tools = { sqs, probe: options.probe ?? (() => {}), sourceUrl: sourceUrls(sqs) };
      return operate('redrive', acted, (messages) => redriveBatch(tools, messages));
    },
    discard: (acted) => operate('discard', acted, (messages) => deleteBatch(sqs, messages)),
  };
}

type Act = (messages: readonly DeadMessage[]) => Promise<BatchOutcome>;

/** Acts in steps that keep the rate, and answers what is gone. Ten at once are ten per second or more. */
function steadily(acted: Acted, act: Act, onOutcome: (outcome: BatchOutcome) => Promise<void>) {
  const { rate, signal } = acted;
  const pace = createPacer(rate, () => performance.now(), signal);
  const step = Math.min(10, Math.max(1, Math.floor(rate ?? 10)));
  return async (messages: readonly DeadMessage[]): Promise<DeadMessage[]> => {
    const gone: DeadMessage[] = [];
    for (let at = 0; at < messages.length; at += step) {
      const batch = messages.slice(at, at + step);
      await pace(batch.length);
      if (signal?.aborted) break;
      const outcome = await act(batch);
      await onOutcome(outcome);
      gone.push(...outcome.gone);
    }
    return gone;
  };
}

/** Ends the audit record with what was done until then, however the operation ends. */
async function recorded(
  record: OpenAudit,
  counts: () => Record<string, number>,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    await record.finish(counts(), error);
    throw error;
  }
  await record.finish(counts());
}

/** Looks each source queue up once per operation. */
function sourceUrls(sqs: SQSClient): (name: string) => Promise<string> {
  const urls = new Map<string, Promise<string>>();
  return (name) => {
    const url = urls.get(name) ?? resolveQueue({ sqs, name });
    urls.set(name, url);
    return url;
  };
}
