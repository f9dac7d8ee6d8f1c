import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchmarkCommand } from '../benchmark-command.ts';
import { loadNow } from '../machine.ts';
import { renderReport } from './report.ts';
import type { Section, SectionOptions, SectionResult } from './section.ts';
import { sections } from './sections.ts';

const root = join(import.meta.dirname, '../../..');
const wholeRun = { rounds: 5, scale: 1 };

const usage = `Usage: npm run bench:projection -- [options]

  --rounds <n>     how often every lane runs; the tables show medians (default ${wholeRun.rounds})
  --scale <x>      of the events of a whole run (default 1)
  --orders <file>  real orders, one JSON object a line as \`npm run demo -- --file\` takes them (default: made-up ones)
  --only <a,b>     only sections whose name contains one of these texts
  --list           name the sections and stop

A whole run writes benchmarks/RESULTS-projection.md; any other only prints its tables.`;

type Options = SectionOptions & { readonly only: readonly string[] };

/** Runs the benchmark as the arguments say; resolves with the exit code. `besideStack` runs it again with a stack of its own. */
export function projectionCommand(args: string[], besideStack: () => Promise<number>): Promise<number> {
  return benchmarkCommand<Options>(
    { usage, read: readOptions, names: (options) => chosen(options).map(({ name }) => name), run: runProjection },
    args,
    besideStack,
  );
}

const chosen = ({ only }: Options): Section[] =>
  sections.filter(({ name }) => only.length === 0 || only.some((text) => name.includes(text)));

async function runProjection(options: Options): Promise<void> {
  const started = { ...options, startedAt: new Date(), loadBefore: loadNow() };
  const results: SectionResult[] = [];
  for (const section of chosen(options)) results.push(await section.measure(options, (line) => console.log(line)));
  const report = await renderReport(results, { ...started, endedAt: new Date() });
  console.log(`\n${report.tables}`);
  const { rounds, scale, only } = options;
  if (rounds !== wholeRun.rounds || scale !== wholeRun.scale || only.length > 0) return;
  const file = join(root, 'benchmarks/RESULTS-projection.md');
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
        orders: { type: 'string' },
        only: { type: 'string', default: '' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const [rounds, scale] = [Number(values.rounds), Number(values.scale)];
    if (!Number.isInteger(rounds) || rounds < 1) return '--rounds must be a whole number from 1.';
    if (!(scale > 0)) return '--scale must be a number above 0.';
    if (values.orders !== undefined && !existsSync(values.orders)) return `There is no file ${values.orders}.`;
    const options = {
      rounds,
      scale,
      orders: values.orders,
      only: values.only.split(',').filter((text) => text !== ''),
    };
    if (chosen(options).length === 0)
      return `No section has one of these texts in its name: ${options.only.join(', ')}`;
    return { ...options, help: values.help, list: values.list };
  } catch (error) {
    return (error as Error).message;
  }
}
