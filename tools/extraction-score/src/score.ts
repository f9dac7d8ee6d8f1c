import {
  createProgram,
  type ModuleNames,
  type Program,
  type Progress,
  type SourceText,
} from '@atlas/state-audit/engine';
import { normal } from './candidates/names.ts';
import { asPartition, partition } from './candidates/partition.ts';
import type { Corrected, Correction } from './corrections.ts';
import { type Facts, readFacts } from './evidence/facts.ts';
import type { Commit } from './evidence/history.ts';
import { readImports } from './evidence/imports.ts';
import { neededEvents } from './events/needed.ts';
import { asyncViability } from './factors/async-viability.ts';
import { coupling } from './factors/coupling.ts';
import { domainClarity } from './factors/domain-clarity.ts';
import { linksOf } from './links.ts';
import type { Factor, ModuleScore, Partition, Remainder, ScoreResult } from './model.ts';
import { summarise } from './summary.ts';

export interface ScoreOptions {
  readonly corrections?: readonly Correction[];
  readonly history?: readonly Commit[] | undefined;
  readonly onProgress?: Progress;
}

/**
 * Ranks what could be extracted: 100 x (domain clarity x async viability) / shared-state coupling, the best first.
 * Deterministic; does no I/O and never throws for what the code says.
 */
export function score(files: readonly SourceText[], names: ModuleNames, options: ScoreOptions = {}): ScoreResult {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const program = createProgram(sorted, names, options.onProgress);
  const corrections = options.corrections ?? [];
  const found = candidatesOf(program, names, corrections);
  const facts = readFacts(program, found, options.history);
  const linesOf = new Map(program.units.map((u) => [u.path, u.source.getLineStarts().length]));
  const scored = found.candidates.map((candidate): ModuleScore => {
    const correction = corrections.find((c) => c.module === candidate.name);
    const domain = corrected(domainClarity(candidate.name, facts), correction?.domainClarity);
    const viability = corrected(asyncViability(candidate.name, facts), correction?.asyncViability);
    const shared = corrected(coupling(candidate.name, facts), correction?.coupling);
    return {
      ...{ rank: 0, name: candidate.name, how: candidate.how, files: candidate.files },
      lines: candidate.files.reduce((sum, file) => sum + (linesOf.get(file) ?? 0), 0),
      score: (100 * domain.value * viability.value) / shared.value,
      ...{ domainClarity: domain, asyncViability: viability, coupling: shared },
      summary: summarise(candidate.name, facts),
      events: neededEvents(candidate.name, facts),
    };
  });
  scored.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
  // What is left out is no candidate any more: it is then told among the shared.
  const isKnown = ({ module, leaveOut }: Correction) =>
    (leaveOut ? [...found.candidates, ...found.shared] : found.candidates).some((one) => one.name === module);
  const unknown = corrections.filter((c) => !isKnown(c));
  return {
    modules: scored.map((one, i) => ({ ...one, rank: i + 1 })),
    shared: found.shared,
    links: linksOf(facts),
    tables: facts.tables.map(({ name, owner, accesses }) => ({
      name,
      owner,
      users: [...new Set(accesses.map((a) => a.module))].sort(),
    })),
    history: options.history && { commits: options.history.length },
    warnings: unknown.map(
      (c) =>
        `the corrections speak of "${c.module}", which is no module here: ${found.candidates
          .map((one) => one.name)
          .slice(0, 12)
          .join(', ')}`,
    ),
    unparsable: program.units.flatMap((u) => (u.syntaxError ? [{ file: u.path, ...u.syntaxError }] : [])),
    files: program.units.length,
    lines: [...linesOf.values()].reduce((a, b) => a + b, 0),
  };
}

function corrected(factor: Factor, by: Corrected | undefined): Factor {
  return by ? { ...factor, value: by.value, corrected: { computed: factor.value, reason: by.reason } } : factor;
}

/** The partition without what is no candidate: what only computes, what everybody uses, what a person has left out. */
function candidatesOf(program: Program, names: ModuleNames, corrections: readonly Correction[]): Partition {
  const files = program.units.map((u) => ({ path: u.path, lines: u.source.getLineStarts().length }));
  const edges = readImports(program).map((e) => [e.from, e.to] as const);
  const first = partition(files, edges, names.packages, corrections);
  const facts = readFacts(program, first, undefined);
  const shared: Remainder[] = [...first.shared];
  const kept = first.candidates.filter((candidate) => {
    const said = corrections.find((c) => c.module === candidate.name);
    const why =
      said?.leaveOut ?? (said ? undefined : noService(program, facts, candidate.name, first.candidates.length));
    if (why !== undefined) shared.push({ name: candidate.name, why, files: candidate.files });
    return why === undefined;
  });
  return asPartition(kept, shared);
}

const OUTSIDE =
  /^(https?|net|dns|tls|dgram|child_process|axios|got|node-fetch|undici|request|superagent|ioredis|redis|pg|mysql2?|mongodb|mongoose|knex|sequelize|typeorm|@prisma\/client|@aws-sdk\/.*|@google-cloud\/.*|@azure\/.*|stripe|fs|fs\/promises|fs-extra)$/;
const EVERYBODY = 0.6;
/** A file of this many lines, or a module of this part of all lines, is a route or two: it goes along with something else. */
const SMALL_LINES = 40;
const SMALL_PART = 0.003;
/** One file of this part is small whatever it does. */
const TINY_PART = 0.001;
/** What says how something is done, not what it is about. */
const TECHNIQUE =
  /^(cache|caching|redis|memory|pub-?sub|message-queue|queue|event-bus|emitter|event-emitter|logger|debug|lock|mutex|health(-check)?|metric|adapter(-\w+)?|\w+-adapter|database|knex|mongo|postgres|sqlite|orm|storage|graph-?ql|websocket|socket|http-client|run-server|rate-limit(er)?|sandbox|ping|package|cron(-?job)?|base|kernel|web|batch|rpc|mcp|graph|server)s?$/;

function hasListener(program: Program, name: string, facts: Facts): boolean {
  return program.units.some(
    (unit) =>
      facts.partition.moduleOf(unit.path) === name &&
      unit.functions.some((fn) => program.phases.pathTo(fn)?.entry.kind === 'event'),
  );
}

/** Why a module could not be a service; undefined when it could. */
function noService(program: Program, facts: Facts, name: string, count: number): string | undefined {
  const mine = (file: string) => facts.partition.moduleOf(file) === name;
  const hasEntry = (facts.entries.get(name) ?? []).length > 0;
  const hasTable = facts.tables.some((t) => t.accesses.some((a) => a.module === name));
  const hasEffect = facts.effects.some((e) => mine(e.file));
  const units = program.units.filter((u) => mine(u.path));
  const touches = units.some((u) => [...u.imports].some((i) => OUTSIDE.test(i.replace(/^node:/, ''))));
  const hasState = facts.findings.some((f) => mine(f.file));
  if (!hasEntry && !hasTable && !hasEffect && !touches && !hasState) return 'only computes: a library, no service';
  const isCalled = facts.calls.some((c) => c.to === name) || facts.bus.some((b) => b.to === name || b.from === name);
  if (!hasEntry && !isCalled && !hasTable && !hasEffect && !hasListener(program, name, facts))
    return 'no way in that can be seen: no route, no job, no call from another module';
  if (TECHNIQUE.test(normal(name))) return 'a technique, no domain';
  const lines = units.reduce((sum, u) => sum + u.source.getLineStarts().length, 0);
  const all = program.units.reduce((sum, u) => sum + u.source.getLineStarts().length, 0);
  const isSmall = lines < SMALL_PART * all || (units.length === 1 && lines < SMALL_LINES);
  const isOneJob = units.length === 1 && lines < TINY_PART * all;
  if (isOneJob || (isSmall && !hasTable && !hasEffect)) return `too small: ${lines} lines`;
  const users = new Set(facts.imports.filter((e) => mine(e.to)).flatMap((e) => facts.partition.moduleOf(e.from) ?? []));
  users.delete(name);
  const routes = (facts.entries.get(name) ?? []).some((e) => e.kind === 'request');
  if (count >= 5 && users.size >= EVERYBODY * (count - 1) && !routes && !facts.tables.some((t) => t.owner === name))
    return `used by ${users.size} of ${count - 1} others, with no route and no table of its own`;
  return undefined;
}
