import { format } from 'prettier';
import { describeMachine, versionsOf } from '../machine.ts';
import { median } from '../statistics.ts';
import { lanes } from './lanes.ts';
import { judge, type Measured, type Results } from './targets.ts';

export interface Run {
  readonly perSecond: number;
  readonly measuredMs: number;
  readonly warmUpMs: number;
  /** What each lane gets before the first round. */
  readonly heatRequests: number;
  readonly rounds: number;
  readonly users: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Load of the machine in the minute before the run. */
  readonly loadBefore: number;
}

/** The tables alone, for a terminal, and the whole report: Markdown, formatted as the repository's is. */
export async function renderReport(results: Results, run: Run): Promise<{ tables: string; whole: string }> {
  const tables = [verdictTable(results, run), latencyTable(results)].filter((table) => table !== '');
  const whole = ['# Gateway: what the edge costs', introduction(run), ...tables, method(run)];
  const markdown = (parts: string[]) => format(parts.join('\n\n'), { parser: 'markdown', printWidth: 120 });
  return { tables: await markdown(tables), whole: await markdown(whole) };
}

function introduction({ startedAt, endedAt, loadBefore, perSecond, measuredMs, rounds }: Run): string {
  const minutes = ((endedAt.getTime() - startedAt.getTime()) / 60_000).toFixed(1);
  return `Made by \`npm run bench:gateway\` on ${startedAt.toISOString().slice(0, 10)} in ${minutes} minutes: ${describeMachine()};
load average in the minute before: ${loadBefore.toFixed(1)}. ${versionsOf(['express', 'ioredis', 'pg'])}.

Every number is the median of ${rounds} rounds, with the smallest and the largest in brackets. In each round every lane gets ${perSecond}
requests a second for ${measuredMs / 1000} s, open loop.`;
}

function verdictTable(results: Results, { rounds }: Run): string {
  const rows = judge(results, rounds).map(({ target, value, rounds: each, unit, met }) => {
    const spread = `${Math.min(...each).toFixed(2)} to ${Math.max(...each).toFixed(2)}`;
    const verdict = met === undefined ? 'no target' : met ? 'pass' : '**fail**';
    return `| ${target} | ${value.toFixed(2)}${unit} | ${spread} | ${verdict} |`;
  });
  if (rows.length === 0) return '';
  return ['## Targets', '', '| target | measured | rounds | |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

const columns: { title: string; metric: keyof Measured }[] = [
  { title: 'p50 ms', metric: 'p50' },
  { title: 'p90 ms', metric: 'p90' },
  { title: 'p99 ms', metric: 'p99' },
  { title: 'worst ms', metric: 'worst' },
  { title: 'sent late, p99 ms', metric: 'lateP99' },
];

function latencyTable(results: Results): string {
  const rows = lanes.flatMap(({ name, title }) => {
    const turns = results[name];
    if (turns === undefined) return [];
    const cells = columns.map(({ metric }) => cell(turns.map((turn) => turn[metric])));
    return [`| ${title} | ${cells.join(' | ')} |`];
  });
  const head = `| | ${columns.map(({ title }) => title).join(' | ')} |`;
  return ['## Latency', '', head, `| --- | ${columns.map(() => '---:').join(' | ')} |`, ...rows].join('\n');
}

function cell(rounds: readonly number[]): string {
  const text = (value: number) => value.toFixed(2);
  return `${text(median(rounds))} (${text(Math.min(...rounds))} to ${text(Math.max(...rounds))})`;
}

function method({ users, warmUpMs, heatRequests }: Run): string {
  return `## How it is measured

- The whole system runs as it does with \`npm start\`: gateway and notification as processes of their own with their access logs on, PostgreSQL, Redis,
  the emulators of DynamoDB, SNS and SQS. All of it, the sender and bare Express share the machine's cores.
- Open loop: each request is sent at its time, whether or not the one before has an answer. Latency is from the first byte sent to
  the last one received; how late requests were sent is in the last column, so that one can see that the sender kept up. The first
  ${warmUpMs / 1000} s of each lane do not count, nor do ${heatRequests} requests of each lane before the first round, in
  bursts in which lanes take turns, after which V8 has compiled what is hot. An answer other than 200 ends the run.
- ${users} users of as many tenants take turns, each with a session and a feed of its own; connections are kept.
- Rounds are interleaved, and each begins with another lane, so that what else the machine does falls on all alike.
- "bare Express" has the JSON in memory and does nothing but \`res.json\`: no log, no header, no store.
- The authenticated read is GET /flags: it has what a request of a signed-in user always has (session, user, limits), evaluates flags,
  and asks no store for anything else. GET /orders does that and then has work of its own in PostgreSQL, which bare Express has not.
- "the least that GET /orders asks of its stores" is what no such list can do without, on these cores with these drivers: one read of Redis,
  then a count in Redis beside one query, then one more query, and the answer made of its rows. It checks, prolongs, signs, logs and
  measures nothing. What the gateway does for a request is what lies between it and the row below.
- "more than the service itself" is all that the gateway does before it passes a request on (session, user, limits, flags,
  mode of the slice, identity token) and the proxy, against a client that calls the service with a token it made beforehand.
- The rate limits are those of production in all but their number, which would refuse so much load from one machine. Services wait 20 s for
  messages, as in production; \`npm start\` has them ask every 2 s, to show what happens when one dies.
`;
}
