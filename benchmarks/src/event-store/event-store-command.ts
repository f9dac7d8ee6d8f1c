import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchmarkCommand } from '../benchmark-command.ts';
import { loadNow } from '../machine.ts';
import { experimentsAt } from './experiments.ts';
import { type LaneResults, measureExperiment } from './measure.ts';
import { openPlace } from './place.ts';
import { renderReport } from './report.ts';

interface Options {
  readonly rounds: number;
  readonly scale: number;
  /** Texts of which one must be in the name of an experiment; none means every one. */
  readonly only: readonly string[];
}

const wholeRun: Options = { rounds: 7, scale: 1, only: [] };

const usage = `Usage: npm run bench:eventstore -- [options]

  --rounds <n>   how often every lane runs; the table shows medians (default ${wholeRun.rounds})
  --scale <x>    calls per round, of those of a whole run (default 1)
  --only <a,b>   only experiments whose name contains one of these texts
  --list         name the experiments and stop

A whole run writes benchmarks/RESULTS-eventstore.md; any other only prints its tables.`;

/** Runs the benchmark as the arguments say; resolves with the exit code. `besideStack` runs it again with a stack of its own. */
export function eventStoreCommand(args: string[], besideStack: () => Promise<number>): Promise<number> {
  return benchmarkCommand<Options>(
    {
      usage,
      read: readOptions,
      names: (options) => experimentsFor(options).map(({ name }) => name),
      run: runEventStore,
    },
    args,
    besideStack,
  );
}

function experimentsFor({ scale, only }: Options) {
  return experimentsAt(scale).filter(({ name }) => only.length === 0 || only.some((text) => name.includes(text)));
}

async function runEventStore(options: Options): Promise<void> {
  const started = { startedAt: new Date(), loadBefore: loadNow(), rounds: options.rounds };
  const experiments = experimentsFor(options);
  const results: Record<string, LaneResults> = {};
  const place = await openPlace();
  try {
    for (const experiment of experiments) {
      results[experiment.name] = await measureExperiment(place, experiment, options.rounds, (round, measured) => {
        const numbers = Object.entries(measured).map(([lane, { msPerCall }]) => `${lane} ${msPerCall.toFixed(2)} ms`);
        console.log(`${experiment.name.padEnd(10)}  round ${round + 1}/${options.rounds}  ${numbers.join(', ')}`);
      });
    }
  } finally {
    place.close();
  }
  const report = await renderReport(experiments, results, { ...started, endedAt: new Date() });
  console.log(`\n${report.tables}`);
  if (JSON.stringify(options) !== JSON.stringify(wholeRun)) return;
  const file = join(import.meta.dirname, '../../RESULTS-eventstore.md');
  await writeFile(file, report.whole);
  console.log(`Written to ${file}`);
}

/** The options, or what is wrong with them. */
function readOptions(args: string[]): (Options & { help: boolean; list: boolean }) | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        rounds: { type: 'string', default: String(wholeRun.rounds) },
        scale: { type: 'string', default: String(wholeRun.scale) },
        only: { type: 'string', default: '' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const [rounds, scale] = [Number(values.rounds), Number(values.scale)];
    if (!Number.isInteger(rounds) || rounds < 1) return '--rounds must be a whole number from 1.';
    if (!(scale > 0)) return '--scale must be a number above 0.';
    const only = values.only.split(',').filter((text) => text !== '');
    const options = { rounds, scale, only, help: values.help, list: values.list };
    return experimentsFor(options).length > 0
      ? options
      : `No experiment has one of these texts in its name: ${only.join(', ')}`;
  } catch (error) {
    return (error as Error).message;
  }
}
