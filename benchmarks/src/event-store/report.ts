import { format } from 'prettier';
import { describeMachine, versionsOf } from '../machine.ts';
import { median } from '../statistics.ts';
import { type Experiment, snapshotEvery } from './experiments.ts';
import type { Measured, Results } from './measure.ts';
import { judge } from './targets.ts';

export interface Run {
  readonly rounds: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Load of the machine in the minute before the run. */
  readonly loadBefore: number;
}

/** The tables alone, for a terminal, and the whole report: Markdown, formatted as the repository's is. */
export async function renderReport(
  experiments: readonly Experiment[],
  results: Results,
  run: Run,
): Promise<{ tables: string; whole: string }> {
  const tables = [verdictTable(results, run), ...experiments.map((experiment) => resultTable(experiment, results))];
  const present = tables.filter((table) => table !== '');
  const whole = ['# Event store: Atlas beside the bare SDK', introduction(run), ...present, method()];
  const markdown = (parts: string[]) => format(parts.join('\n\n'), { parser: 'markdown', printWidth: 120 });
  return { tables: await markdown(present), whole: await markdown(whole) };
}

function introduction({ startedAt, endedAt, loadBefore, rounds }: Run): string {
  const minutes = ((endedAt.getTime() - startedAt.getTime()) / 60_000).toFixed(1);
  return `Made by \`npm run bench:eventstore\` on ${startedAt.toISOString().slice(0, 10)} in ${minutes} minutes: ${describeMachine()};
load average in the minute before: ${loadBefore.toFixed(1)}. ${versionsOf(['@aws-sdk/lib-dynamodb', 'zod'])}, DynamoDB emulated by dynoxide.

Every number is the median of ${rounds} rounds, with the smallest and the largest in brackets.`;
}

function verdictTable(results: Results, { rounds }: Run): string {
  const rows = judge(results, rounds).map(({ target, value, rounds: each, met }) => {
    const spread = `${Math.min(...each).toFixed(2)} to ${Math.max(...each).toFixed(2)}`;
    return `| ${target} | ${value.toFixed(2)}× | ${spread} | ${met ? 'pass' : '**fail**'} |`;
  });
  if (rows.length === 0) return '';
  return ['## Targets', '', '| target | measured | rounds | |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

const columns: { title: string; metric: keyof Measured; digits: number }[] = [
  { title: 'calls/s', metric: 'perSecond', digits: 0 },
  { title: 'ms/call', metric: 'msPerCall', digits: 2 },
  { title: 'CPU ms/call', metric: 'cpuMsPerCall', digits: 2 },
];

function resultTable({ name, title, lanes }: Experiment, results: Results): string {
  const rows = Object.entries(lanes).flatMap(([lane, { title: laneTitle }]) => {
    const turns = results[name]?.[lane] ?? [];
    if (turns.length === 0) return [];
    return [
      `| ${laneTitle} | ${columns
        .map(({ metric, digits }) =>
          cell(
            turns.map((one) => one[metric]),
            digits,
          ),
        )
        .join(' | ')} |`,
    ];
  });
  if (rows.length === 0) return '';
  const head = `| | ${columns.map((column) => column.title).join(' | ')} |`;
  return [`## ${title}`, '', head, `| --- | ${columns.map(() => '---:').join(' | ')} |`, ...rows].join('\n');
}

function cell(values: readonly number[], digits: number): string {
  const text = (value: number) =>
    value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return `${text(median(values))} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}

function method(): string {
  return `## How it is measured

- One process calls one emulator, which is in memory and shares the machine's cores. The lanes of an experiment take turns of a quarter
  of a round each, and each round begins with another lane: what else the machine does hits all of them alike. Targets compare
  within a round.
- Raw appends write the same items, event and outbox row, in one TransactWriteItems of the document client. They check nothing: no schema of the event,
  no contract of the public one, not that the version before is there. Atlas does all of it, which costs one more action per transaction.
- PutItem is what articles show: one event, nothing published.
- Raw loads are Query calls until the last page; what they give is not parsed. Atlas parses every event by its schema, checks that no version is
  missing, and folds the state.
- With snapshots (every ${snapshotEvery} events) a stream ends on average half that many events after its last one, and so do the streams here; a stream of 10 has
  none yet. A load asks for as many events as can be after a snapshot, in one call with it.
`;
}
