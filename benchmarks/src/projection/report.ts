import { format } from 'prettier';
import { describeMachine, versionsOf } from '../machine.ts';
import type { SectionResult } from './section.ts';

export interface Run {
  readonly rounds: number;
  /** Real orders, or made up to be like them. */
  readonly orders: string | undefined;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Load of the machine in the minute before the run. */
  readonly loadBefore: number;
}

/** The tables alone, for a terminal, and the whole report: Markdown, formatted as the repository's is. */
export async function renderReport(
  results: readonly SectionResult[],
  run: Run,
): Promise<{ tables: string; whole: string }> {
  const verdicts = results.flatMap((result) => result.verdicts);
  const rows = verdicts.map(
    ({ target, measured, met }) => `| ${target} | ${measured} | ${met ? 'pass' : '**fail**'} |`,
  );
  const targets = ['## Targets', '', '| target | measured | |', '| --- | --- | --- |', ...rows].join('\n');
  const tables = [...(rows.length > 0 ? [targets] : []), ...results.map(({ markdown }) => markdown)];
  const markdown = (parts: string[]) => format(parts.join('\n\n'), { parser: 'markdown', printWidth: 120 });
  const whole = ['# Projections: Atlas beside a naive and an unsafe loop', introduction(run), ...tables, method()];
  return { tables: await markdown(tables), whole: await markdown(whole) };
}

function introduction({ startedAt, endedAt, loadBefore, rounds, orders }: Run): string {
  const minutes = ((endedAt.getTime() - startedAt.getTime()) / 60_000).toFixed(1);
  const used = orders
    ? `Real orders are those of \`${orders.split('/').at(-1)}\`.`
    : 'All orders are made up; `--orders <file>` takes real ones.';
  return `Made by \`npm run bench:projection${orders ? ' -- --orders <file>' : ''}\` on ${startedAt.toISOString().slice(0, 10)} in ${minutes} minutes: ${describeMachine()};
load average in the minute before: ${loadBefore.toFixed(1)}. ${versionsOf(['@aws-sdk/lib-dynamodb', 'zod'])}, DynamoDB emulated by dynoxide. ${used}

Every number is the median of ${rounds} rounds, with the smallest and the largest in brackets.`;
}

function method(): string {
  return `## How it is measured

- One process calls one emulator, which is in memory and shares the machine's cores; eight calls are under way at a time in every lane. Lanes take turns of a quarter
  of a round each, and each round begins with another lane. Targets compare within a round, in which every lane goes through the same orders.
- Atlas puts every event into the journal with a mark per projection, adds it to the rows of its tenant and of all tenants together (revenue-daily), and writes how far
  the projection is: what reporting does, without the queue. Batches are as large as reporting takes them while it has a backlog.
- Naive writes the same journal item (without marks) and the same rows, unpacked and without shards, in one transaction per event. Where an event needs more than a transaction takes, the rest
  goes without a mark, which counts it twice after a crash; Atlas cuts it into parts with a mark each.
- Unsafe adds to the tenant's row only, keeps no event, and counts a copy twice. An order of eighteen SKUs is eighteen calls.
- A transaction costs DynamoDB on AWS twice the write units of plain writes, whoever makes it; batches save calls and repeated rows, not those units.
`;
}
