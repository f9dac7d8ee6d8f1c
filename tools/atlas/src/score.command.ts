import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import {
  CorrectionsError,
  htmlReport,
  humanReport,
  jsonReport,
  parseCorrections,
  readHistory,
  score,
} from '@atlas/extraction-score';
import { readSources } from '@atlas/state-audit';
import type { Command } from 'commander';
import type { CommandTools } from './dlq.commands.ts';
import { UsageError } from './errors.ts';
import { checkPageFile } from './page-file.ts';
import { createProgressView } from './progress.ts';

interface Asked {
  json?: boolean;
  html?: string;
  corrections?: string;
  module?: string;
  ignore: string[];
  git: boolean;
}

const CORRECTIONS = '.atlas-score.yaml';

/** Adds `atlas score <path>`: what to extract first, and why. Exit code 0; 2 for wrong use. */
export function addScoreCommand(program: Command, tools: Pick<CommandTools, 'terminal'>): void {
  program
    .command('score')
    .description('rank what could be extracted from a TypeScript or JavaScript server, with the evidence')
    .argument('[path]', 'folder to read; nothing of it is run or installed', '.')
    .option('--json', 'print JSON for programs')
    .option('--html <file>', 'also write a page with the graph')
    .option('--module <name>', 'the evidence of one module only')
    .option(
      '--corrections <file>',
      `what you know better, with reasons (default: ${CORRECTIONS} in the path, when there)`,
    )
    .option('--ignore <pattern>', 'leave out more, as in .gitignore; may be repeated', collect, [])
    .option('--no-git', 'do not read the git history')
    .action((path: string, asked: Asked) => run(tools, path, asked));
}

function run({ terminal }: Pick<CommandTools, 'terminal'>, path: string, asked: Asked): void {
  const root = resolve(path);
  if (!existsSync(root)) throw new UsageError(`There is no "${path}".`);
  const corrections = readCorrections(asked.corrections ?? join(root, CORRECTIONS), asked.corrections !== undefined);
  checkPageFile(asked.html);
  const sources = readSources(root, { ignore: asked.ignore });
  if (sources.files.length === 0) throw new UsageError(`No TypeScript or JavaScript of a server below "${path}".`);
  const view = createProgressView(terminal.notes, () => Date.now());
  const result = score(sources.files, sources.names, {
    corrections,
    history: asked.git ? readHistory(root) : undefined,
    onProgress: view.update,
  });
  view.stop();
  const unparsable = [...result.unparsable, ...sources.unreadable.map((one) => ({ ...one, line: 1 }))];
  const whole = { ...result, unparsable, leftOut: sources.leftOut };
  const isKnown = asked.module === undefined || result.modules.some((m) => m.name === asked.module);
  if (!isKnown)
    throw new UsageError(
      `There is no module "${asked.module}". There are: ${result.modules.map((m) => m.name).join(', ')}.`,
    );
  if (asked.html !== undefined) {
    writeFileSync(asked.html, htmlReport(whole, basename(root)));
    terminal.notes.write(`report: ${asked.html}\n`);
  }
  terminal.out(asked.json ? jsonReport(whole) : humanReport(whole, terminal.style, asked.module));
}

function readCorrections(file: string, isAsked: boolean) {
  if (!existsSync(file)) {
    if (isAsked) throw new UsageError(`There is no "${file}".`);
    return [];
  }
  try {
    return parseCorrections(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof CorrectionsError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

const collect = (value: string, all: string[]): string[] => [...all, value];
