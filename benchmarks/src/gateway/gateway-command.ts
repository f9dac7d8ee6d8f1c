import { parseArgs } from 'node:util';
import { benchmarkCommand } from '../benchmark-command.ts';
import { type GatewayOptions, lanesFor, runGateway, wholeRun } from './run-gateway.ts';

const usage = `Usage: npm run bench:gateway -- [options]

  --rounds <n>   how often every lane runs; the table shows medians (default ${wholeRun.rounds})
  --seconds <n>  how long each lane is measured in a round (default ${wholeRun.seconds})
  --rate <n>     requests per second (default ${wholeRun.perSecond})
  --only <a,b>   only lanes whose name contains one of these texts
  --list         name the lanes and stop

A whole run writes benchmarks/RESULTS-gateway.md; a run with other numbers or fewer lanes only prints its tables.`;

/** Runs the benchmark as the arguments say; resolves with the exit code. */
export function gatewayCommand(args: string[]): Promise<number> {
  return benchmarkCommand<GatewayOptions>(
    { usage, read: readOptions, names: (options) => lanesFor(options).map(({ name }) => name), run: runUntilStopped },
    args,
  );
}

function runUntilStopped(options: GatewayOptions): Promise<unknown> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new Error('It was told to stop.')));
  return runGateway(options, stop.signal);
}

/** The options, or what is wrong with them. */
function readOptions(args: string[]): (GatewayOptions & { help: boolean; list: boolean }) | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        rounds: { type: 'string', default: String(wholeRun.rounds) },
        seconds: { type: 'string', default: String(wholeRun.seconds) },
        rate: { type: 'string', default: String(wholeRun.perSecond) },
        only: { type: 'string', default: '' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const [rounds, seconds, perSecond] = [values.rounds, values.seconds, values.rate].map(Number) as [
      number,
      number,
      number,
    ];
    for (const [name, value] of Object.entries({ rounds, seconds, rate: perSecond })) {
      if (!Number.isInteger(value) || value < 1) return `--${name} must be a whole number from 1.`;
    }
    const only = values.only.split(',').filter((text) => text !== '');
    const options = { rounds, seconds, perSecond, only, help: values.help, list: values.list };
    return lanesFor(options).length > 0 ? options : `No lane has one of these texts in its name: ${only.join(', ')}`;
  } catch (error) {
    return (error as Error).message;
  }
}
