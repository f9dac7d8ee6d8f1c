import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { eventStoreCommand } from './event-store/event-store-command.ts';
import { gatewayCommand } from './gateway/gateway-command.ts';
import { type MessagingOptions, nameLanes, runMessaging } from './messaging/run-messaging.ts';
import { projectionCommand } from './projection/projection-command.ts';

const usage = `Usage: npm run bench:messaging -- [options]

  --messages <n>   messages per drain, a multiple of 100 (default 10000)
  --rounds <n>     how often every lane runs; the table shows medians (default 3)
  --only <a,b>     only lanes whose "<experiment> / <lane>" contains one of these texts
  --profile <dir>  every lane leaves a CPU profile in this folder
  --list           name the lanes and stop

A whole run writes benchmarks/RESULTS.md; a run with other numbers or fewer lanes only prints its tables.`;

const [benchmark, ...rest] = process.argv.slice(2);
process.exitCode = await run();

function run(): Promise<number> {
  if (benchmark === 'gateway') return gatewayCommand(rest);
  if (benchmark === 'eventstore') return eventStoreCommand(rest, () => runBesideStack(process.argv.slice(2)));
  if (benchmark === 'projection') return projectionCommand(rest, () => runBesideStack(process.argv.slice(2)));
  return main(process.argv.slice(2));
}

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    console.error(`${options}\n\n${usage}`);
    return 64;
  }
  if (options.help || options.list) {
    console.log(options.help ? usage : nameLanes(options).join('\n'));
    return 0;
  }
  // A benchmark runs beside an infrastructure of its own, which is in memory and gone afterwards.
  if (process.env['ATLAS_TEST_STACK'] !== '1') return runBesideStack(args);
  try {
    await runMessaging(options);
    return 0;
  } catch (error) {
    console.error(`The benchmark has ended early. ${(error as Error).message}`);
    return 1;
  }
}

/** The options, or what is wrong with them. */
function readOptions(args: string[]): (MessagingOptions & { help: boolean; list: boolean }) | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        messages: { type: 'string', default: '10000' },
        rounds: { type: 'string', default: '3' },
        only: { type: 'string', default: '' },
        profile: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const [messages, rounds] = [Number(values.messages), Number(values.rounds)];
    if (positionals.join(' ') !== 'messaging') return `There is no benchmark "${positionals.join(' ')}".`;
    if (!(messages > 0) || messages % 100 !== 0) return '--messages must be a multiple of 100.';
    if (!(rounds > 0) || !Number.isInteger(rounds)) return '--rounds must be a whole number from 1.';
    const only = values.only.split(',').filter((text) => text !== '');
    const options = { messages, rounds, only, profileDir: values.profile, help: values.help, list: values.list };
    return nameLanes(options).length > 0 ? options : `No lane has one of these texts in its name: ${only.join(', ')}`;
  } catch (error) {
    return (error as Error).message;
  }
}

function runBesideStack(args: string[]): Promise<number> {
  const withStack = join(import.meta.dirname, '../../tools/dev-stack/src/with-stack.ts');
  const command = [withStack, process.execPath, import.meta.filename, ...args];
  const child = spawn(process.execPath, command, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
