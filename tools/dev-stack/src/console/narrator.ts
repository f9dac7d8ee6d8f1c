import { describeExit } from '../process/service-process.ts';
import type { SupervisionEvents } from '../process/supervised-process.ts';
import type { DeadLetterDepth } from '../system/dead-letter-watch.ts';
import type { PlannedChange } from '../system/provision.ts';
import type { SystemProgress } from '../system/start-system.ts';
import {
  describeDeadLetter,
  describeEntry,
  isDeadLetter,
  isWorthShowing,
  parseLogLine,
  type LogEntry,
} from './log-line.ts';
import { createRepetition } from './repetition.ts';
import { seconds, type Terminal } from './terminal.ts';

/** What the parts are called where people read. */
const titles: Readonly<Record<string, string>> = {
  postgres: 'PostgreSQL',
  redis: 'Redis',
  sqs: 'SNS and SQS',
  dynamodb: 'DynamoDB',
  sink: 'mail and webhook catcher',
  'payment-sandbox': 'payment provider',
};
const titleWidth = 26;
/** More changes than this are counted: `npm run provision -- --plan` shows each. */
const mostPlanLines = 5;
/** A consumer names the queue it reads; its dead letters are in a queue of that name and this ending. */
const deadLetterSuffix = '-dlq';

export interface Narrator extends Required<SupervisionEvents> {
  progress(progress: SystemProgress): void;
  /** A line that an app wrote to its log. */
  logLine(line: string): void;
  deadLetterDepth(depth: DeadLetterDepth): void;
  /** Says what was only counted; to be called every second or so. */
  flush(): void;
}

/** Tells on a terminal, one line each, what happens in a system: what starts, what crashes, what goes wrong. */
export function createNarrator(terminal: Terminal, now: () => number = () => performance.now()): Narrator {
  const { style, line } = terminal;
  const repetition = createRepetition(now);
  // atlas-local-ok: the console of one developer’s machine
  const told = new Map<string, number>();
  const lookThere = style.dim('Look: npx atlas dlq list');
  const notice = (mark: string, text: string): void => line(`  ${mark} ${text}`);

  const tellEntry = (entry: LogEntry): void => {
    const isDead = isDeadLetter(entry);
    const label = isDead ? 'dead letter' : entry.level;
    if (!repetition.admit(`${entry.service} ${label}: ${entry.msg}`)) return;
    const colour = entry.level === 'warn' ? style.yellow : style.red;
    const what = isDead ? describeDeadLetter(entry) : describeEntry(entry);
    notice(colour('!'), `${style.dim(entry.time.slice(11, 19))} ${colour(label)} ${entry.service}: ${what}`);
    if (isDead) line(`      ${lookThere}`);
  };
  const countDeadLetter = (entry: LogEntry): void => {
    const queue = `${String(entry['queue'])}${deadLetterSuffix}`;
    told.set(queue, (told.get(queue) ?? 0) + 1);
  };

  return {
    progress(progress) {
      switch (progress.kind) {
        case 'ready':
          return step(terminal, titles[progress.name] ?? progress.name, progress.url ?? '', progress.ms);
        case 'planned':
          return planLines(progress.changes).forEach((text) => notice(style.dim('…'), text));
        case 'provisioned':
          return step(terminal, progress.name, progress.detail, progress.ms);
        case 'installing':
          return notice(style.dim('…'), progress.what);
        case 'cleared':
          return notice(style.dim('…'), `stopped what an earlier run left behind: ${progress.names.join(', ')}`);
      }
    },
    onCrash({ name, exit, restartInMs }) {
      const what = exit instanceof Error ? (exit.message.split('\n')[0] ?? '') : `${name} ${describeExit(exit)}`;
      notice(style.yellow('!'), `${what}${what.endsWith('.') ? '' : ';'} starting it again in ${seconds(restartInMs)}`);
    },
    onRecovered: ({ name, ms }) => notice(style.green('✓'), `${titles[name] ?? name} is back after ${seconds(ms)}`),
    logLine(text) {
      const entry = parseLogLine(text);
      if (entry === undefined || !isWorthShowing(entry)) return;
      if (isDeadLetter(entry)) countDeadLetter(entry);
      tellEntry(entry);
    },
    deadLetterDepth({ queue, depth, before }) {
      // What a consumer moved there has been told already; more than that was moved by the queue itself.
      const known = told.get(queue) ?? 0;
      told.delete(queue);
      const more = depth - (before ?? 0) - known;
      if (more <= 0) return;
      const what = before === undefined ? `${more} dead letters wait` : `${more} more dead letters`;
      notice(style.red('!'), `${what} in ${queue}  ${lookThere}`);
    },
    flush() {
      for (const { key, count } of repetition.takeCounts()) notice(style.dim('…'), `${key} (${count} more times)`);
    },
  };
}

/** Each change, or, where everything is new, how many of each kind. */
function planLines(changes: readonly PlannedChange[]): string[] {
  if (changes.length <= mostPlanLines) return changes.map(({ does, what }) => `${does} ${what}`);
  const kinds = Map.groupBy(changes, ({ does }) => does);
  return [[...kinds].map(([does, those]) => `${does}: ${those.length}`).join(', ')];
}

function step({ line, style }: Terminal, title: string, detail: string, ms: number): void {
  const time = style.dim(seconds(ms).padStart(7));
  line(`  ${style.green('✓')} ${title.padEnd(titleWidth)} ${time}  ${style.dim(detail)}`.trimEnd());
}
