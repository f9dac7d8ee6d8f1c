import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runMessaging } from './messaging/run-messaging.ts';

const usage = `Usage: npm run bench:messaging -- [options]

  --messages <n>   messages per drain, a multiple of 100 (default 10000)
  --rounds <n>     how often every lane runs; the table shows medians (default 3)
  --only <a,b>     only lanes whose "<experiment> / <lane>" contains one of these texts
  --profile <dir>  every lane leaves a CPU profile in this folder
  --list           name the lanes and stop

A whole run writes benchmarks/RESULTS.md; a run with other numbers or fewer lanes only prints its tables.`;

// A benchmark runs beside an infrastructure of its own, which is in memory and gone afterwards.
process.exitCode = process.env['ATLAS_TEST_STACK'] === '1' ? await main(process.argv.slice(2)) : await runBesideStack();

async function main(args: string[]): Promise<number> {
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
  const messages = Number(values.messages);
  const rounds = Number(values.rounds);
  const valid = Number.isInteger(messages / 100) && messages > 0 && Number.isInteger(rounds) && rounds > 0;
  if (values.help || positionals.join() !== 'messaging' || !valid) {
    console.log(usage);
    return values.help ? 0 : 64;
  }
  const only = values.only.split(',').filter((text) => text !== '');
  return runMessaging({ messages, rounds, only, profileDir: values.profile, list: values.list });
}

function runBesideStack(): Promise<number> {
  const withStack = join(import.meta.dirname, '../../tools/dev-stack/src/with-stack.ts');
  const args = [withStack, process.execPath, import.meta.filename, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
