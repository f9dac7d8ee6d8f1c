import { join } from 'node:path';
import { tailLogs } from './console/log-tail.ts';
import { createNarrator } from './console/narrator.ts';
import { seconds, type Terminal } from './console/terminal.ts';
import { runDemonstration } from './demo/demonstration.ts';
import { showRevenue } from './demo/revenue-report.ts';
import { runSagas } from './demo/sagas.ts';
import type { StopRequest } from './process/stop-request.ts';
import { runCommand } from './run-command.ts';
import { appLogFile } from './system/app-process.ts';
import { watchDeadLetters } from './system/dead-letter-watch.ts';
import { inheritedEnvironment } from './system/inherited-environment.ts';
import { startSystem, type System } from './system/start-system.ts';
import { stateDir } from './workspace.ts';

// npm start: the whole system, a short demonstration, then everything stays up until Ctrl-C.
await runCommand(async ({ terminal, stop }) => {
  const startedAt = performance.now();
  const dir = stateDir(process.env);
  const narrator = createNarrator(terminal);
  const system = await startSystem({
    dir,
    command: 'npm start',
    ...inheritedEnvironment(process.env),
    signal: stop.signal,
    onEnvironment: () => terminal.line(`${terminal.style.bold('Atlas')} starts. Its state is in ${dir}\n`),
    onProgress: narrator.progress,
    onCrash: narrator.onCrash,
    onRecovered: narrator.onRecovered,
  });
  const logs = system.apps.map((app) => appLogFile(dir, app));
  const stopTailing = tailLogs(logs, narrator.logLine);
  // atlas-local-ok: the console of one developer’s machine
  const flushing = setInterval(narrator.flush, 1000);
  const watch = watchDeadLetters({ env: system.env, services: system.apps, onDepth: narrator.deadLetterDepth });
  terminal.line(`\n  Ready after ${seconds(performance.now() - startedAt)}.\n`);
  await demonstrate(system, terminal, stop);
  if (!stop.signal.aborted) summarise(system, terminal);
  await stop.requested;

  const stoppingAt = performance.now();
  terminal.line('\n  Stopping.');
  clearInterval(flushing);
  stopTailing();
  await watch.stop();
  await system.stop();
  terminal.line(`  Everything is stopped after ${seconds(performance.now() - stoppingAt)}; the state stays in ${dir}`);
  return 0;
});

/** A demonstration that fails is worth a line; the system it ran on stays up to be looked at. */
async function demonstrate(
  system: System,
  { line, style }: Terminal,
  { signal, requested }: StopRequest,
): Promise<void> {
  const demonstration = demonstrations(system, { line, style }, signal).catch((error: unknown) => {
    if (signal.aborted) return;
    line(style.red(`  The demonstration failed: ${error instanceof Error ? error.message : String(error)}`));
  });
  await Promise.race([demonstration, requested]);
}

async function demonstrations({ env }: System, { line: print, style }: Terminal, signal: AbortSignal): Promise<void> {
  const shown = await runDemonstration({ env, print, signal });
  await runSagas({ env, print, style, signal });
  await showRevenue(shown, { env, print, style, signal });
}

function summarise(system: System, { line, style }: Terminal): void {
  const url = (variable: string, path = ''): string => style.cyan(`${system.env[variable]}${path}`);
  const metrics = system.apps.map((app) => url(`${app.toUpperCase()}_URL`, '/metrics'));
  const rows = {
    Gateway: url('GATEWAY_URL'),
    API: url('GATEWAY_URL', '/docs'),
    Mail: url('SINK_URL', '/mail'),
    Webhooks: url('SINK_URL', '/hooks'),
    Payments: url('PAYMENT_SANDBOX_URL'),
    Metrics: metrics.join('  '),
    Logs: join(system.dir, 'logs'),
  };
  for (const [title, text] of Object.entries(rows)) line(`  ${title.padEnd(12)}${text}`);
  const victim = system.apps.at(-1) ?? 'gateway';
  line(`\n  ${style.bold('Atlas is running.')} Ctrl-C stops it.`);
  line(`  Kill an app and watch it come back, with nothing lost:  kill -9 ${system.pid(victim)}  (${victim})\n`);
}
