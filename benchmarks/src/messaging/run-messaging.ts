import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Experiment, experimentsFor } from './experiments.ts';
import { loadNow } from '../machine.ts';
import type { LaneName, Measurement } from './measurement.ts';
import { renderReport } from './report.ts';
import { createResults, type Results } from './results.ts';
import { runLane } from './run-experiment.ts';
import { openStage } from './stage.ts';

export interface MessagingOptions {
  readonly messages: number;
  readonly rounds: number;
  /** Texts of which one must be in "<experiment> / <lane>"; none means every lane. */
  readonly only: readonly string[];
  readonly profileDir?: string | undefined;
}

interface Turn {
  readonly round: number;
  readonly experiment: Experiment;
  readonly lane: LaneName;
}

const wholeRun = { messages: 10_000, rounds: 3 };

/** The lanes that a run with these options has, in the order of its first round. */
export function nameLanes(options: MessagingOptions): string[] {
  return turnsOf({ ...options, rounds: 1 }).map(nameOf);
}

/** Runs every lane in every round and prints each result and the tables. Rejects when a lane fails or loses a message. */
export async function runMessaging(options: MessagingOptions): Promise<void> {
  const turns = turnsOf(options);
  const stage = openStage(process.env);
  const results = createResults();
  const started = { startedAt: new Date(), loadBefore: loadNow() };
  for (const [index, turn] of turns.entries()) {
    const measurement = await runLane(stage, turn.experiment, turn.lane, options);
    results.add(turn.experiment.name, turn.lane, measurement);
    const position = `${String(index + 1).padStart(3)}/${turns.length}  round ${turn.round}`;
    console.log(`${position}  ${nameOf(turn).padEnd(38)} ${describe(measurement)}`);
  }
  await publishReport(options, results, started);
}

/**
 * Round by round, not lane by lane: what else the machine does meanwhile falls on all lanes alike. Every round begins with
 * another lane, so that none is always the first.
 */
function turnsOf({ messages, rounds, only }: MessagingOptions): Turn[] {
  const turns = Array.from({ length: rounds }, (_, round) =>
    experimentsFor(messages).flatMap((experiment) => {
      if (round >= (experiment.maxRounds ?? rounds)) return [];
      const first = round % experiment.lanes.length;
      const lanes = [...experiment.lanes.slice(first), ...experiment.lanes.slice(0, first)];
      return lanes.map((lane) => ({ round: round + 1, experiment, lane }));
    }),
  ).flat();
  return turns.filter((turn) => only.length === 0 || only.some((text) => nameOf(turn).includes(text)));
}

function nameOf({ experiment, lane }: Turn): string {
  return `${experiment.name} / ${lane}`;
}

async function publishReport(
  options: MessagingOptions,
  results: Results,
  started: { startedAt: Date; loadBefore: number },
): Promise<void> {
  const report = await renderReport(results, { ...options, ...started, endedAt: new Date() });
  console.log(`\n${report.tables}`);
  const { messages, rounds, only, profileDir } = options;
  const isWhole = messages === wholeRun.messages && rounds === wholeRun.rounds && only.length === 0;
  if (!isWhole || profileDir !== undefined) return;
  const file = join(import.meta.dirname, '../../RESULTS.md');
  await writeFile(file, report.whole);
  console.log(`Written to ${file}`);
}

function describe(measurement: Measurement): string {
  const { messagesPerSecond, cpuMicrosPerMessage, apiCallsPer1000, rssMb, growthMb, p50Ms, p99Ms } = measurement;
  if (p50Ms !== undefined) return `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms!.toFixed(1)} ms`;
  return [
    `${Math.round(messagesPerSecond!)} msg/s`,
    `${Math.round(cpuMicrosPerMessage!)} µs CPU`,
    `${Math.round(apiCallsPer1000!)} calls/1000`,
    `RSS ${Math.round(rssMb!)} MB (${growthMb! < 0 ? '' : '+'}${Math.round(growthMb!)})`,
  ].join(', ');
}
