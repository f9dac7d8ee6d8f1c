import type { Command } from 'commander';
import { count } from './arguments.ts';
import type { CommandTools } from './dlq.commands.ts';
import { alignedRows, counted } from './dlq.output.ts';
import { MissingTableError, UsageError } from './errors.ts';
import { outboxesOf } from './outboxes.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ALL_AT_ONCE = 100_000;

interface Asked {
  service?: string;
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
    .option('--service <name>', 'only those of this service')
    .option('--limit <n>', 'how many', count, 100)
    .option('--json', 'print JSON for programs')
    .action((asked: Asked) => showParked(tools, asked));
  outbox
    .command('unpark')
    .description('let the relay try them again')
    .argument('[ids...]', 'ids of parked events')
    .option('--all', 'all of them')
    .option('--service <name>', 'only those of this service')
    .option('--actor <name>', 'who the audit record names (default: your user name)')
    .option('--json', 'print JSON for programs')
    .action((ids: string[], asked: Asked) => release(tools, ids, asked));
}

async function showParked(tools: CommandTools, { service, limit, json }: Asked): Promise<void> {
  const { terminal } = tools;
  const parked = (await findParked(tools, service, limit)).slice(0, limit);
  if (json)
    return terminal.out(
      JSON.stringify(
        parked.map(({ outbox: _outbox, ...event }) => event),
        null,
        2,
      ),
    );
  if (parked.length === 0) return terminal.out('No event is parked.');
  const rows = parked.map(({ id, version, service: from, eventType, tenantId, parkedAt, attempts, lastError }) => [
    ...[id, from, `${eventType} ${version}`, tenantId, parkedAt.toISOString().slice(0, 19), String(attempts)],
    lastError.slice(0, 100),
  ]);
  const head = ['ID', 'SERVICE', 'EVENT', 'TENANT', 'PARKED', 'TRIES', 'LAST ERROR'];
  terminal.out(alignedRows([head, ...rows]).join('\n'));
}

/** Longest parked first, whichever outbox it is in. A service that is not deployed here has nothing parked. */
async function findParked({ session, terminal }: CommandTools, service: string | undefined, limit: number) {
  const found = await Promise.all(
    outboxesOf(session, service).map(async (outbox) => {
      const parked = await outbox.parked(limit).catch((error: unknown) => {
        if (service !== undefined || !(error instanceof MissingTableError)) throw error;
        terminal.notes.write(terminal.style.dim(`${error.message}\n`));
        return [];
      });
      return parked.map((event) => ({ service: outbox.service, outbox, ...event }));
    }),
  );
  return found.flat().sort((a, b) => a.parkedAt.getTime() - b.parkedAt.getTime());
}

async function release(tools: CommandTools, ids: string[], asked: Asked): Promise<void> {
  if (ids.length === 0 && !asked.all) throw new UsageError('Give the ids of parked events, or --all.');
  const wrong = ids.find((id) => !UUID.test(id));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is not the id of an event.`);
  const { session, terminal } = tools;
  const parked = await findParked(tools, asked.service, ALL_AT_ONCE);
  const wanted = new Set(ids.map((id) => id.toLowerCase()));
  const chosen = asked.all ? parked : parked.filter(({ id }) => wanted.has(id));
  const record = await session.audit().begin({
    kind: 'unpark',
    actor: asked.actor ?? session.operator,
    dryRun: false,
    request: { ...(asked.all ? { all: true } : { ids: ids.length }), ...(asked.service && { service: asked.service }) },
  });
  try {
    await record.add(chosen.map(({ id }) => id));
    let done = 0;
    for (const [outbox, events] of Map.groupBy(chosen, ({ outbox }) => outbox)) done += await outbox.unpark(events);
    await record.finish({ matched: chosen.length, done });
    if (asked.json) return terminal.out(JSON.stringify({ operationId: record.operationId, unparked: done }, null, 2));
    terminal.out(`${counted(done, 'event')} unparked: the relay publishes now.`);
  } catch (error) {
    await record.finish({}, error);
    throw error;
  }
}
