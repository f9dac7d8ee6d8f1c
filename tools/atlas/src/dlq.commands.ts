import type { DeadLetterFilter, Progress } from '@atlas/messaging';
import { type Command, Option } from 'commander';
import { count, fingerprint, moment, rate } from './arguments.ts';
import { counted, renderAudit, renderMessages, renderOperation, renderQueues } from './dlq.output.ts';
import { UsageError } from './errors.ts';
import { createProgressView } from './progress.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

interface Asked {
  queue?: string;
  fingerprint?: string;
  eventType?: string;
  olderThan?: Date;
  newerThan?: Date;
  json?: boolean;
  actor?: string;
  dryRun?: boolean;
  rate?: number;
  yes?: boolean;
  limit: number;
}

/** What a command has: connections, a terminal, and how it says that not everything went well. */
export interface CommandTools {
  readonly session: Session;
  readonly terminal: Terminal;
  readonly fail: () => void;
}

/** Adds `atlas dlq list|peek|redrive|discard|audit`. */
export function addDeadLetterCommands(program: Command, tools: CommandTools): void {
  const { clock } = tools.session;
  const dlq = program.command('dlq').description('look at dead letters, send them again, or delete them');
  const command = (name: string, description: string) => {
    const made = dlq.command(name).description(description);
    return made
      .option('--queue <name>', 'only this queue (or its -dlq), with or without the prefix')
      .option(
        '--fingerprint <hex>',
        'only this kind of failure, or "receive-limit"; the beginning is enough',
        fingerprint,
      )
      .option('--event-type <type>', 'only this event type, like order.completed')
      .option('--older-than <age>', 'failed before: 90s, 15m, 2h, 3d, or a date', moment(clock))
      .option('--newer-than <age>', 'failed after: 90s, 15m, 2h, 3d, or a date', moment(clock))
      .option('--json', 'print JSON for programs');
  };
  const acting = (name: string, description: string) =>
    command(name, description)
      .option('--dry-run', 'only say what would happen')
      .option('--rate <n>', 'messages per second at most', rate)
      .addOption(actorOption());

  command('list', 'depth of each dead-letter queue, its messages grouped by what went wrong').action((asked: Asked) =>
    list(tools, asked),
  );
  command('peek', 'show messages in full; they stay where they are')
    .option('--limit <n>', 'how many', count, 10)
    .addOption(actorOption())
    .action((asked: Asked) => peek(tools, asked));
  acting('redrive', 'send messages to their queue again, with their id and trace').action((asked: Asked) =>
    redrive(tools, asked),
  );
  acting('discard', 'delete messages for ever')
    .option('--yes', 'do not ask')
    .action((asked: Asked) => discard(tools, asked));
  dlq
    .command('audit')
    .description('who did what; with an operation, the ids that it acted on')
    .argument('[operation]', 'id of one operation')
    .option('--limit <n>', 'how many operations', count, 20)
    .option('--json', 'print JSON for programs')
    .action((operation: string | undefined, asked: Asked) => audit(tools, operation, asked));
}

const actorOption = () => new Option('--actor <name>', 'who the audit record names (default: your user name)');

async function list(tools: CommandTools, asked: Asked): Promise<void> {
  const { session, terminal } = tools;
  const reports = await watching(tools, asked, 'read', (watched) => session.deadLetters().list(watched));
  terminal.out(asked.json ? json(reports) : renderQueues(reports, terminal.style));
}

async function peek(tools: CommandTools, asked: Asked): Promise<void> {
  const { session, terminal } = tools;
  const { limit } = asked;
  const messages = await watching(tools, asked, 'read', (watched) =>
    session.deadLetters().peek({ ...watched, limit, actor: actorOf(tools, asked) }),
  );
  // The receipt handle is void by now.
  const shown = messages.map(({ receiptHandle: _handle, queue, ...message }) => ({
    queue: queue.sourceName,
    ...message,
  }));
  terminal.out(asked.json ? json(shown) : renderMessages(messages, terminal.style));
}

async function redrive(tools: CommandTools, asked: Asked): Promise<void> {
  const { session, terminal, fail } = tools;
  const report = await watching(tools, asked, 'redriven', (watched) =>
    session.deadLetters().redrive({ ...watched, ...acted(tools, asked) }),
  );
  terminal.out(asked.json ? json(report) : renderOperation('redrive', report, terminal.style));
  if (report.failed.length > 0) fail();
}

async function discard(tools: CommandTools, asked: Asked): Promise<void> {
  const { session, terminal, fail } = tools;
  if (!asked.dryRun && !asked.yes) await confirmDiscard(tools, asked);
  const report = await watching(tools, asked, 'discarded', (watched) =>
    session.deadLetters().discard({ ...watched, ...acted(tools, asked) }),
  );
  terminal.out(asked.json ? json(report) : renderOperation('discard', report, terminal.style));
  if (report.failed.length > 0) fail();
}

async function confirmDiscard(tools: CommandTools, asked: Asked): Promise<void> {
  const { session, terminal } = tools;
  if (terminal.confirm === undefined) {
    throw new UsageError('discard deletes messages for ever. Add --yes, or run it in a terminal to be asked.');
  }
  const { matched } = await session.deadLetters().discard({
    filter: filterOf(asked),
    ...acted(tools, { ...asked, dryRun: true }),
  });
  const agreed = await terminal.confirm(`Delete ${counted(matched, 'dead letter')} for ever?`);
  if (!agreed) throw new UsageError('Nothing was deleted.');
}

async function audit({ session, terminal }: CommandTools, operation: string | undefined, asked: Asked): Promise<void> {
  if (operation === undefined) {
    const records = await session.deadLetters().audit.list(asked.limit);
    return terminal.out(asked.json ? json(records) : renderAudit(records));
  }
  const ids = await session.deadLetters().audit.idsOf(operation);
  terminal.out(asked.json ? json(ids) : ids.join('\n') || 'That operation acted on no message.');
}

/** Runs something that takes long, showing how far it is. */
async function watching<T>(
  { session, terminal }: CommandTools,
  asked: Asked,
  what: string,
  run: (watched: {
    filter: DeadLetterFilter;
    signal: AbortSignal;
    onProgress: (progress: Progress) => void;
  }) => Promise<T>,
): Promise<T> {
  const view = createProgressView(terminal.notes, () => performance.now());
  const onProgress = ({ queue, seen, total, done }: Progress) =>
    view.update(seen, total, what === 'read' ? `read, ${queue}` : `looked at, ${done} ${what}, ${queue}`);
  try {
    return await run({ filter: filterOf(asked), signal: session.signal, onProgress });
  } finally {
    view.stop();
  }
}

function acted(tools: CommandTools, asked: Asked) {
  return { actor: actorOf(tools, asked), dryRun: asked.dryRun, rate: asked.rate };
}

const actorOf = ({ session }: CommandTools, asked: Asked): string => asked.actor ?? session.operator;

function filterOf({ queue, fingerprint: kind, eventType, olderThan, newerThan }: Asked): DeadLetterFilter {
  return { queue, fingerprint: kind, eventType, before: olderThan, after: newerThan };
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);
