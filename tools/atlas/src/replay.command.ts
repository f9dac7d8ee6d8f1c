import { createReplay } from '@atlas/messaging';
import { type Command, Option } from 'commander';
import { count, moment, rate } from './arguments.ts';
import type { CommandTools } from './dlq.commands.ts';
import { counted } from './dlq.output.ts';
import { outboxOfEvent } from './outboxes.ts';
import { createProgressView } from './progress.ts';
import { majorsFor } from './replay-majors.ts';
import { createStreamLog } from './stream-log.ts';

interface Asked {
  event: string;
  since: Date;
  to: string;
  major?: number;
  from: 'outbox' | 'streams';
  rate?: number;
  dryRun?: boolean;
  actor?: string;
  json?: boolean;
}

/** Adds `atlas replay`. */
export function addReplayCommand(program: Command, tools: CommandTools): void {
  program
    .command('replay')
    .description('send facts of the past, with their ids, to a queue that did not exist yet')
    .requiredOption('--event <type>', 'event type, like order.completed')
    .requiredOption('--since <age>', 'from when on: 2h, 3d, or a date', moment(tools.session.clock))
    .requiredOption('--to <queue>', 'name of the queue that gets them; nobody else sees them again')
    .option('--major <n>', 'only this major (default: those that the queue has handlers for)', count)
    .addOption(
      new Option(
        '--from <log>',
        'where the facts are read: an outbox has 90 days of them, the streams of billing have all',
      )
        .choices(['outbox', 'streams'])
        .default('outbox'),
    )
    .option('--rate <n>', 'messages per second at most', rate)
    .option('--dry-run', 'only count')
    .option('--actor <name>', 'who the audit record names (default: your user name)')
    .option('--json', 'print JSON for programs')
    .action((asked: Asked) => replay(tools, asked));
}

async function replay({ session, terminal, fail }: CommandTools, asked: Asked): Promise<void> {
  const { event: eventType, since, to, rate: perSecond, dryRun = false } = asked;
  const outbox = outboxOfEvent(session, eventType);
  const log = asked.from === 'streams' ? createStreamLog(session, eventType) : outbox.log;
  const majors = majorsFor(session.prefix(), asked);
  const view = createProgressView(terminal.notes, () => performance.now());
  const record = await session.audit().begin({
    kind: 'replay',
    actor: asked.actor ?? session.operator,
    dryRun,
    request: {
      eventType,
      ...(asked.from === 'streams' && { from: asked.from }),
      ...(majors && { majors }),
      since: since.toISOString(),
      to,
      ...(perSecond === undefined ? {} : { rate: perSecond }),
    },
  });
  try {
    const result = await createReplay({ log, sqs: session.sqs() })({
      ...{ eventType, majors, since, to, dryRun, signal: session.signal },
      ...(perSecond === undefined ? {} : { rate: perSecond }),
      onProgress: ({ sent, total }) => view.update(sent, total, 'replayed'),
    });
    view.stop();
    const { total, sent, refused } = result;
    const left = dryRun ? 0 : total - sent - refused.length;
    const counts = { matched: total, done: sent, failed: refused.length };
    await record.finish(counts, left > 0 ? `ended before ${counted(left, 'event')} of the log` : undefined);
    if (left > 0 || refused.length > 0) fail();
    if (asked.json) return terminal.out(JSON.stringify({ ...result, operationId: record.operationId }, null, 2));
    terminal.out(
      dryRun
        ? `${counted(total, 'event')} would be sent to ${to}.`
        : `${sent} of ${counted(total, 'event')} sent to ${to}.`,
    );
    for (const { id, reason } of refused) terminal.out(terminal.style.red(`${id} was refused: ${reason}`));
    if (left > 0) {
      const again = 'Run it again: what comes twice is handled once.';
      terminal.out(terminal.style.red(`It ended before ${counted(left, 'event')}. ${again}`));
    }
  } catch (error) {
    view.stop();
    await record.finish({}, error);
    throw error;
  }
}
