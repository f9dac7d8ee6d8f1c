import { join } from 'node:path';
import { tailLogs } from './console/log-tail.ts';
import { createNarrator } from './console/narrator.ts';
import { seconds, type Terminal } from './console/terminal.ts';
import { runDemonstration } from './demo/demonstration.ts';
import type { StopRequest } from './process/stop-request.ts';
import { runCommand } from './run-command.ts';
import { appLogFile } from './system/app-process.ts';
import { watchDeadLetters } from './system/dead-letter-watch.ts';
import { startSystem, type System } from './system/start-system.ts';
import { inheritedEnvironment } from './system/inherited-environment.ts';
import { defaultStateDir, findApps } from './workspace.ts';

// npm start: the whole system, a short demonstration, then everything stays up until Ctrl-C.
await runCommand(async ({ terminal, stop }) => {
  const startedAt = performance.now();
  terminal.line(`${terminal.style.bold('Atlas')} starts. Its state is in ${defaultStateDir}\n`);
  const narrator = createNarrator(terminal);
  const stopTailing = tailLogs(
    findApps().map((app) => appLogFile(defaultStateDir, app)),
    narrator.logLine,
  );
  const flushing = setInterval(narrator.flush, 1000);
  const system = await startSystem({
    dir: defaultStateDir,
    command: 'npm start',
    env: inheritedEnvironment(process.env),
    signal: stop.signal,
    onProgress: narrator.progress,
    onCrash: narrator.onCrash,
    onRecovered: narrator.onRecovered,
  });
  terminal.line(`\n  Ready after ${seconds(performance.now() - startedAt)}.\n`);
  const watch = watchDeadLetters({ env: system.env, services: system.apps, onDepth: narrator.deadLetterDepth });
  await demonstrate(system, terminal, stop);
  if (!stop.signal.aborted) summarise(system, terminal);
  await stop.requested;

  const stoppingAt = performance.now();
  terminal.line('\n  Stopping.');
  clearInterval(flushing);
  stopTailing();
  await watch.stop();
  await system.stop();
  terminal.line(
    `  Everything is stopped after ${seconds(performance.now() - stoppingAt)}; the state stays in .atlas/.`,
  );
  return 0;
});

/** A demonstration that fails is worth a line; the system it ran on stays up to be looked at. */
async function demonstrate(system: System, terminal: Terminal, stop: StopRequest): Promise<void> {
  const demonstration = runDemonstration({ env: system.env, print: terminal.line }).catch((error: unknown) => {
    if (stop.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    terminal.line(terminal.style.red(`  The demonstration failed: ${reason}`));
  });
  await Promise.race([demonstration, stop.requested]);
}

function summarise(system: System, { line, style }: Terminal): void {
  const { env } = system;
  const row = (title: string, text: string): void => line(`  ${title.padEnd(12)}${text}`);
  const metrics = system.apps.map((app) => `${env[`${app.toUpperCase()}_URL`]}/metrics`);
  line();
  row('Gateway', style.cyan(env['GATEWAY_URL'] ?? ''));
  row('Mail', style.cyan(`${env['SINK_URL']}/mail`));
  row('Webhooks', style.cyan(`${env['SINK_URL']}/hooks`));
  row('Metrics', metrics.map((url) => style.cyan(url)).join('  '));
  row('Logs', join(system.dir, 'logs'));
  line();
  line(
    `  ${style.bold('Atlas is running.')} Ctrl-C stops it. Kill any app and see it come back: kill -9 ${system.pid('notification')}`,
  );
  line();
}
