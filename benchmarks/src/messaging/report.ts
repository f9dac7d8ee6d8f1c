import { format } from 'prettier';
import { median } from '../statistics.ts';
import { experimentsFor } from './experiments.ts';
import { describeMachine, versionsOf } from '../machine.ts';
import type { LaneName, Metric } from './measurement.ts';
import type { Results } from './results.ts';
import { judge, type Verdict } from './targets.ts';

export interface Run {
  readonly messages: number;
  readonly rounds: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Load of the machine in the minute before the run. */
  readonly loadBefore: number;
}

const laneTitles: Record<LaneName, string> = {
  'raw-drain': 'raw SDK loop',
  'sqs-consumer-batch': 'sqs-consumer, batch',
  'sqs-consumer-single': 'sqs-consumer, per message',
  'message-queue-toolkit': '@message-queue-toolkit/sqs',
  'atlas-drain': '**Atlas**, everything on',
  'raw-publish': 'raw PublishBatch',
  'atlas-bus': '**Atlas**, bus',
  'atlas-outbox': '**Atlas**, outbox to SNS',
  'latency-orders': 'orders',
  'latency-handler': '**Atlas**, commit to handler',
};

interface Column {
  readonly title: string;
  readonly metric: Metric;
  readonly digits: number;
}

const throughput: Column[] = [
  { title: 'messages/s', metric: 'messagesPerSecond', digits: 0 },
  { title: 'CPU µs/message', metric: 'cpuMicrosPerMessage', digits: 0 },
  { title: 'API calls/1,000', metric: 'apiCallsPer1000', digits: 0 },
];
const memory: Column[] = [
  { title: 'RSS MB', metric: 'rssMb', digits: 0 },
  { title: 'growth MB', metric: 'growthMb', digits: 0 },
];
const latency: Column[] = [
  { title: 'p50 ms', metric: 'p50Ms', digits: 1 },
  { title: 'p99 ms', metric: 'p99Ms', digits: 1 },
];

const sections: { experiment: string; title: string; columns: Column[] }[] = [
  { experiment: 'drain trivial', title: 'Draining a queue, trivial handler', columns: throughput },
  { experiment: 'drain 5 ms', title: 'Draining a queue, handler of 5 ms', columns: throughput },
  {
    experiment: 'drain mixed',
    title: 'Draining a queue, 99 % of handlers 5 ms and 1 % 500 ms',
    columns: throughput,
  },
  { experiment: 'publish', title: 'Publishing to a topic with one subscription', columns: throughput },
  { experiment: 'latency', title: 'From commit to handler at 50 orders/s', columns: latency },
  { experiment: 'memory', title: 'Memory in the long run', columns: memory },
];

/** The tables alone, for a terminal, and the whole report: Markdown, formatted as the repository's is. */
export async function renderReport(results: Results, run: Run): Promise<{ tables: string; whole: string }> {
  const tables = [
    verdictTable(judge(results, run.rounds)),
    ...sections.map((section) => resultTable(results, run, section)),
  ].filter((table) => table !== '');
  const whole = ['# Messaging: Atlas beside its peers', introduction(run), ...tables, method(run)];
  const markdown = (parts: string[]) => format(parts.join('\n\n'), { parser: 'markdown', printWidth: 120 });
  return { tables: await markdown(tables), whole: await markdown(whole) };
}

function introduction({ startedAt, endedAt, loadBefore, messages, rounds }: Run): string {
  const minutes = ((endedAt.getTime() - startedAt.getTime()) / 60_000).toFixed(1);
  const peers = [
    'sqs-consumer',
    '@message-queue-toolkit/sqs',
    '@message-queue-toolkit/core',
    '@aws-sdk/client-sqs',
    'fauxqs',
  ];
  return `Made by \`npm run bench:messaging\` on ${startedAt.toISOString().slice(0, 10)} in ${minutes} minutes: ${describeMachine()};
load average in the minute before: ${loadBefore.toFixed(1)}. ${versionsOf(peers)}.

Every number is the median of ${rounds} runs of ${messages.toLocaleString('en')} messages, with the smallest and the largest in brackets; memory is measured once.`;
}

function verdictTable(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return '';
  const rows = verdicts.map(({ target, value, min, max, unit, met }) => {
    const digits = unit === '×' ? 2 : unit === '' ? 0 : 1;
    const spread = `${min.toFixed(digits)} to ${max.toFixed(digits)}`;
    return `| ${target} | ${value.toFixed(digits)}${unit} | ${spread} | ${met ? 'pass' : '**fail**'} |`;
  });
  return ['## Targets', '', '| target | measured | rounds | |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function resultTable(results: Results, run: Run, section: (typeof sections)[number]): string {
  const experiment = experimentsFor(run.messages).find(({ name }) => name === section.experiment)!;
  const rows = experiment.lanes.flatMap((lane) => {
    const cells = section.columns.map(({ metric, digits }) =>
      cell(results.rounds(experiment.name, lane, metric), digits),
    );
    return cells.every((text) => text === '') ? [] : [`| ${laneTitles[lane]} | ${cells.join(' | ')} |`];
  });
  if (rows.length === 0) return '';
  const titles = section.columns.map(({ title }) => title);
  return [
    `## ${section.title}`,
    '',
    `| | ${titles.join(' | ')} |`,
    `| --- | ${titles.map(() => '---:').join(' | ')} |`,
    ...rows,
  ].join('\n');
}

function cell(rounds: readonly number[], digits: number): string {
  if (rounds.length === 0) return '';
  const text = (value: number) =>
    value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return `${text(median(rounds))} (${text(Math.min(...rounds))} to ${text(Math.max(...rounds))})`;
}

function method({ messages }: Run): string {
  const count = (factor: number) => Math.round(messages * factor).toLocaleString('en');
  return `## How it is measured

- One emulator (fauxqs, in memory) serves every lane; each lane runs in a process of its own, on a queue of its own that is
  filled before it starts. Rounds are interleaved, and each begins with another lane.
- The measured window opens when ${count(0.5)} messages are done (mixed handler: ${count(0.2)}), so that the code is hot, and closes ${count(1)} later. Done means deleted from
  the queue or accepted by SNS, as the AWS client sees it: calls and finished messages are counted at its \`send\` in every lane.
- 8 receivers of 10 messages, so at most 80 in hand; publishers have 8 calls in flight. Envelopes of order.completed have about 700 bytes.
- Messages that are lost, doubled or dead-lettered end the run: the queue is counted after each lane.
- CPU is that of the lane's process, without the emulator, Redis and PostgreSQL, which share the machine's cores.

What differs between the lanes:

- The raw loop, sqs-consumer and the raw publisher parse or write JSON and validate nothing. @message-queue-toolkit/sqs validates by the same zod
  schema; its deduplication is off. Atlas validates, claims and marks each message in Redis, and keeps its metrics.
- All lanes use an AWS client with the same settings (keep-alive, no client-side MD5, no logger). Those of Atlas send receives, deletes and
  publishes past the SDK's middleware (docs/adr/0007), which is most of what they save; the others use the SDK as it comes. sqs-consumer and @message-queue-toolkit/sqs run 8
  consumers with a batch size of 10, which is how their documentation raises throughput.
- Publishing: the raw loop sends ten envelopes per call. Behind the bus are 80 callers who each publish one event and wait for it.
  The outbox starts with its rows in PostgreSQL, and marks them as published within its time.
- Latency: one process commits orders with their events and relays them, another consumes. ${count(0.1)} orders after 3 seconds that do not count,
  each at its time whether or not the one before has an answer. From the return of COMMIT to the start of the handler.
- Memory: resident set of the lane's process at message ${count(10)}, and what came after message ${count(2)} of it; the median of five samples, no forced
  garbage collection. Both lanes have the heap of a small container (64 MB old space, 8 MB semi-spaces): without a limit V8 lets garbage lie
  until it has several times what lives, and that is all one would see.
`;
}
