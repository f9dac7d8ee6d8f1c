import { join } from 'node:path';
import { createNarrator } from './console/narrator.ts';
import { seconds } from './console/terminal.ts';
import { runCommand } from './run-command.ts';
import { startSystem } from './system/start-system.ts';
import { findApps, stateDir } from './workspace.ts';

// npm run stack: the infrastructure alone, so that one app can be run by hand with `npx nx serve <app>`.
await runCommand(async ({ terminal, stop }) => {
  const { line, style } = terminal;
  const dir = stateDir(process.env);
  const narrator = createNarrator(terminal);
  const system = await startSystem({
    dir,
    command: 'npm run stack',
    apps: [],
    provisionFor: findApps(),
    signal: stop.signal,
    onEnvironment: () => line(`${style.bold('The infrastructure of Atlas')} starts. Its state is in ${dir}\n`),
    onProgress: narrator.progress,
    onCrash: narrator.onCrash,
    onRecovered: narrator.onRecovered,
  });
  line();
  line(`  Environment  ${join(dir, 'stack.env')}`);
  line(`  Mail         ${style.cyan(`${system.env['SINK_URL']}/mail`)}`);
  line(`  Webhooks     ${style.cyan(`${system.env['SINK_URL']}/hooks`)}`);
  line();
  for (const app of findApps())
    line(`  npx nx serve ${app.padEnd(14)} ${style.dim(system.env[`${app.toUpperCase()}_URL`] ?? '')}`);
  line();
  line('  Ctrl-C stops it.');
  await stop.requested;

  const stoppingAt = performance.now();
  line('\n  Stopping.');
  await system.stop();
  line(`  Everything is stopped after ${seconds(performance.now() - stoppingAt)}; the state stays in ${dir}`);
  return 0;
});
