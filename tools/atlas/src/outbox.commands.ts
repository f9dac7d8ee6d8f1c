import { listParked, unpark } from '@atlas/messaging';
import type { Command } from 'commander';
import { count } from './arguments.ts';
import type { CommandTools } from './dlq.commands.ts';
import { alignedRows, counted } from './dlq.output.ts';
import { UsageError } from './errors.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ALL_AT_ONCE = 100_000;

interface Asked {
  limit: number;
  json?: boolean;
  all?: boolean;
  actor?: string;
}

/** Adds `atlas outbox parked|unpark`. */
export function addOutboxCommands(program: Command, tools: CommandTools): void {
  const outbox = program.command('outbox').description('events that the relay has set aside because SNS refuses them');
  outbox
    .command('parked')
    .description('show them, longest parked first')
    .option('--limit <n>', 'how many', count, 100)
    .option('--json', 'print JSON for programs')
    .action((asked: Asked) => showParked(tools, asked));
  outbox
    .command('unpark')
    .description('let the relay try them again')
    .argument('[ids...]', 'ids of parked events')
    .option('--all', 'all of them')
    .option('--actor <name>', 'who the audit record names (default: your user name)')
    .option('--json', 'print JSON for programs')
    .action((ids: string[], asked: Asked) => release(tools, ids, asked));
}

async function showParked({ session, terminal }: CommandTools, { limit, json }: Asked): Promise<void> {
  const parked = await listParked(session.pool(), limit);
  if (json) return terminal.out(JSON.stringify(parked, null, 2));
  if (parked.length === 0) return terminal.out('No event is parked.');
  const rows = parked.map(({ id, eventType, tenantId, parkedAt, attempts, lastError }) => [
    ...[id, eventType, tenantId, parkedAt.toISOString().slice(0, 19), String(attempts), lastError.slice(0, 100)],
  ]);
  terminal.out(alignedRows([['ID', 'EVENT', 'TENANT', 'PARKED', 'TRIES', 'LAST ERROR'], ...rows]).join('\n'));
}

async function release({ session, terminal }: CommandTools, ids: string[], asked: Asked): Promise<void> {
  if (ids.length === 0 && !asked.all) throw new UsageError('Give the ids of parked events, or --all.');
  const wrong = ids.find((id) => !UUID.test(id));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is not the id of an event.`);
  const chosen = asked.all ? (await listParked(session.pool(), ALL_AT_ONCE)).map(({ id }) => id) : ids;
  const record = await session.audit().begin({
    kind: 'unpark',
    actor: asked.actor ?? session.operator,
    dryRun: false,
    request: asked.all ? { all: true } : { ids: ids.length },
  });
  try {
    const done = await unpark(session.pool(), chosen);
    await record.add(chosen);
    await record.finish({ matched: chosen.length, done });
    if (asked.json) return terminal.out(JSON.stringify({ operationId: record.operationId, unparked: done }, null, 2));
    terminal.out(`${counted(done, 'event')} unparked: the relay publishes now.`);
  } catch (error) {
    await record.finish({}, error);
    throw error;
  }
}
