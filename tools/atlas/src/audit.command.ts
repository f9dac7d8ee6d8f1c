import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import {
  audit,
  compare,
  githubReport,
  htmlReport,
  humanReport,
  jsonReport,
  parseBaseline,
  readSources,
  sarifReport,
  toBaseline,
} from '@atlas/state-audit';
import { type Command, InvalidArgumentError } from 'commander';
import type { CommandTools } from './dlq.commands.ts';
import { UsageError } from './errors.ts';
import { checkPageFile } from './page-file.ts';
import { createProgressView } from './progress.ts';

interface Asked {
  json?: boolean;
  sarif?: boolean;
  github?: boolean;
  summary?: boolean;
  html?: string;
  baseline?: string;
  writeBaseline?: boolean;
  minConfidence: number;
  ignore: string[];
  everything?: boolean;
}

const BASELINE = '.atlas-audit-baseline.json';

/** Adds `atlas audit <path>`: exit code 0 nothing new, 1 process-local state (or an exception without a reason), 2 wrong use. */
export function addAuditCommand(program: Command, tools: Pick<CommandTools, 'terminal' | 'fail'>): void {
  program
    .command('audit')
    .description('find state that lives in one process of a TypeScript or JavaScript server')
    .argument('[path]', 'folder or file to read; nothing of it is run or installed', '.')
    .option('--json', 'print JSON for programs')
    .option('--sarif', 'print SARIF 2.1.0 for code scanning')
    .option('--github', 'print annotations for GitHub Actions')
    .option('--summary', 'only the table')
    .option('--html <file>', 'also write a report to send around')
    .option('--baseline <file>', `findings that are known already (default: ${BASELINE} in the path, when there)`)
    .option('--write-baseline', 'make what is found now the baseline')
    .option('--min-confidence <number>', 'show findings from this confidence on, 0 to 1', fraction, 0.5)
    .option('--ignore <pattern>', 'leave out more, as in .gitignore; may be repeated', collect, [])
    .option('--everything', 'also tests, fixtures, examples, scripts of browsers')
    .action((path: string, asked: Asked) => run(tools, path, asked));
}

function run({ terminal, fail }: Pick<CommandTools, 'terminal' | 'fail'>, path: string, asked: Asked): void {
  const forms = (['json', 'sarif', 'github'] as const).filter((form) => asked[form]);
  if (forms.length > 1)
    throw new UsageError(`Only one of ${forms.map((form) => `--${form}`).join(' and ')} can be printed.`);
  const root = resolve(path);
  if (!existsSync(root)) throw new UsageError(`There is no "${path}".`);
  const isFolder = statSync(root).isDirectory();
  // Beside a single file and named after it: the folder's own baseline stays.
  const baselineFile = asked.baseline ?? (isFolder ? join(root, BASELINE) : `${root}${BASELINE}`);
  const baseline = asked.writeBaseline ? undefined : knownFindings(baselineFile, asked.baseline !== undefined);
  checkPageFile(asked.html);
  const sources = readSources(root, { ignore: asked.ignore, everything: asked.everything ?? false });
  if (sources.files.length === 0) throw new UsageError(`No TypeScript or JavaScript of a server below "${path}".`);

  const view = createProgressView(terminal.notes, () => Date.now());
  const result = audit(sources.files, sources.names, {
    minConfidence: asked.minConfidence,
    onProgress: view.update,
  });
  view.stop();
  const whole = {
    ...result,
    leftOut: sources.leftOut,
    unparsable: [...result.unparsable, ...sources.unreadable.map((one) => ({ ...one, line: 1 }))],
  };

  if (asked.writeBaseline) {
    writeFileSync(baselineFile, toBaseline(result.findings));
    terminal.notes.write(`baseline: ${result.findings.length} findings in ${baselineFile}\n`);
    return;
  }
  const compared = compare(result.findings, baseline);
  if (asked.html !== undefined) {
    writeFileSync(asked.html, htmlReport(whole, compared, basename(root)));
    terminal.notes.write(`report: ${asked.html}\n`);
  }
  const folder = fromHere(isFolder ? root : dirname(root));
  if (asked.json) terminal.out(jsonReport(whole, compared));
  else if (asked.sarif) terminal.out(sarifReport(whole, compared, folder));
  else if (asked.github) terminal.out(githubReport(whole, compared, folder));
  else terminal.out(humanReport(whole, compared, terminal.style, !asked.summary));
  if (compared.fresh.length > 0 || result.badSuppressions.length > 0) fail();
}

/** As the working directory sees it, which is the repository where annotations are read; whole when it is outside. */
function fromHere(folder: string): string {
  const path = relative(process.cwd(), folder);
  return (path.startsWith('..') || isAbsolute(path) ? folder : path).split(sep).join('/');
}

function knownFindings(file: string, isAsked: boolean) {
  if (!existsSync(file)) {
    if (isAsked) throw new UsageError(`There is no baseline "${file}"; --write-baseline makes one.`);
    return undefined;
  }
  try {
    return parseBaseline(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fraction(text: string): number {
  const value = Number(text);
  if (!/^(0|1|0?\.\d+)$/.test(text)) throw new InvalidArgumentError('Give a number from 0 to 1.');
  return value;
}

const collect = (value: string, all: string[]): string[] => [...all, value];
