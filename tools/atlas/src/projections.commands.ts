import { randomUUID } from 'node:crypto';
import { createLogger } from '@atlas/platform';
import {
  createProjectionOperations,
  createProjections,
  type ProjectionOperations,
  ProjectionRefusedError,
  type WalkOptions,
} from '@atlas/projections';
import { projections } from '@atlas/reporting/projections';
import { type Command, Option } from 'commander';
import type { CommandTools } from './dlq.commands.ts';
import { counted } from './dlq.output.ts';
import { MissingTableError, UsageError } from './errors.ts';
import { createProgressView } from './progress.ts';
import { renderBuild, renderStatus, renderVerify } from './projections.output.ts';

interface Asked {
  json?: boolean;
  actor?: string;
  yes?: boolean;
}

/** Adds `atlas projections status|rebuild|verify|rollback|cancel|drop|retire`. */
export function addProjectionCommands(program: Command, tools: CommandTools): void {
  const group = program.command('projections').description('read models: how they are, and building them anew');
  const command = (name: string, description: string) =>
    group.command(name).description(description).option('--json', 'print JSON for programs');
  const changing = (name: string, description: string) =>
    command(name, description).addOption(
      new Option('--actor <name>', 'who the audit record names (default: your user name)'),
    );

  command('status', 'which build readers get, how far it is, and what is being built').action((asked: Asked) =>
    status(tools, asked),
  );
  changing('rebuild', 'build a projection anew from the journal, then give it to readers; goes on where it was ended')
    .argument('<projection>', 'like revenue-daily')
    .action((name: string, asked: Asked) => build(tools, 'rebuild', name, asked));
  changing('rollback', 'let the build that was live before catch up, then give it to readers')
    .argument('<projection>')
    .action((name: string, asked: Asked) => build(tools, 'rollback', name, asked));
  command('verify', 'add the journal up again and compare; traffic may go on')
    .argument('[builds...]', 'projections or builds (default: every live build)')
    .action((builds: string[], asked: Asked) => verify(tools, builds, asked));
  changing('cancel', 'give up what is being built of a projection')
    .argument('<projection>')
    .action((name: string, asked: Asked) => change(tools, 'cancel', name, asked));
  changing('drop', 'delete the rows of a build that nobody reads, and with them the way back to it')
    .argument('<build>', 'like revenue-daily@1.1')
    .option('--yes', 'do not ask')
    .action((name: string, asked: Asked) => drop(tools, name, asked));
  changing('retire', 'take a projection out of service that no code declares any more')
    .argument('<projection>')
    .option('--yes', 'do not ask')
    .action((name: string, asked: Asked) => change(tools, 'retire', name, asked));
}

async function status({ session, terminal }: CommandTools, { json }: Asked): Promise<void> {
  const { status: ask, journalSize } = operationsOf(session);
  const [statuses, size] = await explained(() => Promise.all([ask(), journalSize()]));
  if (json) return terminal.out(toJson({ journalEvents: size, projections: statuses }));
  terminal.out(renderStatus(statuses, size, session.clock(), terminal.style));
}

async function build(tools: CommandTools, kind: 'rebuild' | 'rollback', name: string, asked: Asked): Promise<void> {
  const { session, terminal, fail } = tools;
  const view = createProgressView(terminal.notes, () => performance.now());
  const onProgress: WalkOptions['onProgress'] = ({ scanned, total, pass, perSecond, etaSeconds, walking }) => {
    const left = etaSeconds === undefined ? '' : `, about ${etaSeconds} s left`;
    const speed = perSecond === undefined ? '' : `, ${perSecond}/s${left}`;
    const who = walking === 'here' ? '' : ', walked by another process';
    view.update(scanned, total, `events read, pass ${pass}${speed}${who}`);
  };
  const { rebuilds } = operationsOf(session);
  const report = await recorded(tools, `projection ${kind}`, { projection: name }, asked, async () => {
    try {
      const made = await rebuilds[kind](name, { signal: session.signal, onProgress });
      return { result: made, counts: { marks: made.applied ?? 0 } };
    } finally {
      view.stop();
    }
  });
  terminal.out(asked.json ? toJson(report) : renderBuild(kind, name, report, terminal.style));
  if (report.outcome !== 'switched') fail();
}

async function verify({ session, terminal, fail }: CommandTools, wanted: string[], { json }: Asked): Promise<void> {
  const operations = operationsOf(session);
  const statuses = await explained(() => operations.status());
  const live = new Set(statuses.flatMap((status) => status.live ?? []));
  const chosen = wanted.length === 0 ? [...live] : wanted.map((name) => buildOf(name, statuses));
  const view = createProgressView(terminal.notes, () => performance.now());
  const reports = [];
  try {
    for (const one of chosen) {
      const onProgress = (scanned: number, total: number) => view.update(scanned, total, `events read, ${one}`);
      reports.push(await operations.verify(one, { signal: session.signal, onProgress }));
    }
  } finally {
    view.stop();
  }
  terminal.out(json ? toJson(reports) : renderVerify(reports, terminal.style));
  if (reports.some((report) => report.wrong.length > 0 || (live.has(report.build) && report.uncounted.length > 0)))
    fail();
}

/** The live build of a projection, or the build that is named. */
function buildOf(name: string, statuses: Awaited<ReturnType<ProjectionOperations['status']>>): string {
  const status = statuses.find((one) => one.name === name || name.startsWith(`${one.name}@`));
  if (!status)
    throw new UsageError(`There is no projection "${name}". Known: ${statuses.map((one) => one.name).join(', ')}.`);
  if (name !== status.name) return name;
  if (status.live === undefined) throw new UsageError(`Nothing of ${name} is live. Name a build, like ${name}@1.1.`);
  return status.live;
}

async function change(tools: CommandTools, kind: 'cancel' | 'retire', name: string, asked: Asked): Promise<void> {
  if (kind === 'retire') await agree(tools, asked, `Take ${name} out of service? Readers get nothing of it any more.`);
  const { rebuilds } = operationsOf(tools.session);
  const control = await recorded(tools, `projection ${kind}`, { projection: name }, asked, async () => ({
    result: await rebuilds[kind](name),
    counts: {},
  }));
  const { discarded } = control.projections[name]!;
  if (asked.json) return tools.terminal.out(toJson(control.projections[name]));
  tools.terminal.out(kind === 'cancel' ? `Nothing of ${name} is being built any more.` : `${name} is retired.`);
  for (const one of discarded)
    tools.terminal.out(tools.terminal.style.dim(`Its rows: npx atlas projections drop ${one}`));
}

async function drop(tools: CommandTools, name: string, asked: Asked): Promise<void> {
  const { session, terminal } = tools;
  await agree(tools, asked, `Delete the rows of ${name}? There is no way back to it then.`);
  const view = createProgressView(terminal.notes, () => performance.now());
  const deleted = await recorded(tools, 'projection drop', { build: name }, asked, async () => {
    try {
      const onProgress = (done: number) => view.update(done, done, `rows and marks deleted`);
      const counts = await operationsOf(session).drop(name, { signal: session.signal, onProgress });
      return { result: counts, counts: { ...counts } };
    } finally {
      view.stop();
    }
  });
  const { rows, marks } = deleted;
  if (asked.json) return terminal.out(toJson({ build: name, rowsDeleted: rows, marksDeleted: marks }));
  terminal.out(`${name} is gone: ${counted(rows, 'row')} and ${counted(marks, 'mark')} deleted.`);
}

async function agree({ terminal }: CommandTools, { yes }: Asked, question: string): Promise<void> {
  if (yes) return;
  if (!terminal.confirm) throw new UsageError('This cannot be undone. Add --yes, or run it in a terminal to be asked.');
  if (!(await terminal.confirm(question))) throw new UsageError('Nothing was changed.');
}

/** Does something under an audit record: who changed what readers get is asked later. */
async function recorded<T>(
  { session }: CommandTools,
  kind: string,
  request: Record<string, string>,
  { actor = session.operator }: Asked,
  run: () => Promise<{ result: T; counts: Record<string, number> }>,
): Promise<T> {
  const record = await session.audit().begin({ kind, actor, dryRun: false, request });
  try {
    const { result, counts } = await explained(run);
    await record.finish(counts);
    return result;
  } catch (error) {
    await record.finish({}, error);
    throw error;
  }
}

function operationsOf(session: CommandTools['session']): ProjectionOperations {
  const shared = {
    dynamo: session.documents(),
    prefix: session.prefix(),
    logger: createLogger({ service: 'atlas-cli', level: 'silent' }),
    clock: session.clock,
  };
  const made = createProjections({ ...shared, projections, random: Math.random });
  return createProjectionOperations({ ...shared, projections: made, newId: randomUUID, probe: session.probe() });
}

async function explained<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException')
      throw new MissingTableError('projections', 'reporting', { cause: error });
    // One line and exit code 2, as every mistake of whoever typed it.
    if (error instanceof ProjectionRefusedError) throw new UsageError(error.message);
    throw error;
  }
}

/** Sums are integers of any size; JSON has numbers, so that they are text. */
const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? String(one) : one), 2);
