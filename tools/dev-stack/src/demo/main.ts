import { randomUUID as newId } from 'node:crypto';
import { resolve } from 'node:path';
import { topology } from '@atlas/event-contracts';
import type { Service } from '@atlas/event-contracts';
import { createNarrator } from '../console/narrator.ts';
import { seconds } from '../console/terminal.ts';
import type { Terminal } from '../console/terminal.ts';
import { runCommand } from '../run-command.ts';
import { defaultStateDir, findApps } from '../workspace.ts';
import { DemoError } from './errors.ts';
import { readOptions, usage } from './options.ts';
import type { DemoOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { failuresOf } from './reconciliation.domain.ts';
import { reportLines } from './report.domain.ts';
import { runDemo } from './run-demo.ts';
import { useSystem } from './running-system.ts';
import { systemEnvironment } from './system-environment.ts';

// npm run demo: replays orders on the running system, or on one of its own, and reconciles every consequence.
const exitCodes = { usage: 64, interrupted: 130 };

await runCommand(async ({ terminal, stop }) => {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === 'help') {
      terminal.line(usage);
      return 0;
    }
    return await replay(options, terminal, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) {
      terminal.line('Interrupted.');
      return exitCodes.interrupted;
    }
    if (!(error instanceof DemoError)) throw error;
    terminal.line(terminal.style.red(error.message));
    return error.code === 'USAGE' ? exitCodes.usage : 1;
  }
});

async function replay(options: DemoOptions, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const note = (text: string) => terminal.line(`  ${terminal.style.dim('…')} ${text}`);
  const system = await useSystem({
    dir: process.env['ATLAS_STATE_DIR'] ?? defaultStateDir,
    signal,
    onProgress: createNarrator(terminal).progress,
    onNote: note,
  });
  try {
    // The AWS SDK finds the system where it always looks: in the environment.
    Object.assign(process.env, system.env);
    const env = systemEnvironment(system.env);
    const startedAt = performance.now();
    const outcome = await runDemo({
      ...{ options: atCaller(options), env, note, signal, newId, services: runningServices() },
      ...{ clock: Date.now, random: Math.random },
      progress: () => createProgress(process.stdout, Date.now),
    });
    for (const line of reportLines(outcome)) terminal.line(line);
    terminal.line(`  ${seconds(performance.now() - startedAt)}  ${env.SINK_URL}/mail  ${env.SINK_URL}/hooks`);
    return failuresOf(outcome).length === 0 ? 0 : 1;
  } finally {
    await system.release();
  }
}

/** A path is meant from where the command was typed, which is not always the folder of the checkout. */
function atCaller(options: DemoOptions): DemoOptions {
  const { source } = options;
  if (source.kind !== 'file') return options;
  const path = resolve(process.env['ATLAS_INVOKED_FROM'] ?? process.cwd(), source.path);
  return { ...options, source: { ...source, path } };
}

function runningServices(): Service[] {
  return findApps().filter((app): app is Service => app in topology.consumers);
}
