import { auditProgram, lineOf, type Program } from '@atlas/state-audit/engine';
import type { Finding } from '@atlas/state-audit';
import type { Partition, Proof } from '../model.ts';
import { type BusLink, readBus } from './bus.ts';
import { type CrossCall, readCalls, routeName } from './calls.ts';
import { type CoChange, readCoChange } from './co-change.ts';
import { readEffects } from './effects.ts';
import type { Commit } from './history.ts';
import { type ImportEdge, readImports } from './imports.ts';
import { readTables, type TableAccess } from './tables.ts';
import { readTransactions, type SharedTransaction } from './transactions.ts';

/** A file's state of the process that another candidate changes or reads. */
export interface SharedState {
  readonly finding: Finding;
  readonly home: string;
  readonly others: readonly string[];
}

export interface Table {
  readonly name: string;
  readonly owner: string;
  readonly accesses: readonly (TableAccess & { readonly module: string })[];
}

/** Everything the factors are computed from. */
export interface Facts {
  readonly partition: Partition;
  readonly imports: readonly ImportEdge[];
  readonly calls: readonly CrossCall[];
  readonly bus: readonly BusLink[];
  readonly effects: readonly (Proof & { readonly effect: string })[];
  readonly tables: readonly Table[];
  readonly transactions: readonly SharedTransaction[];
  readonly findings: readonly Finding[];
  readonly sharedState: readonly SharedState[];
  /** Ways in from outside, by module: routes, timers, consumers. */
  readonly entries: ReadonlyMap<string, readonly (Proof & { readonly kind: string })[]>;
  readonly coChange: ReadonlyMap<string, CoChange> | undefined;
}

/** Reads all evidence once, for a given partition. */
export function readFacts(program: Program, partition: Partition, history: readonly Commit[] | undefined): Facts {
  const imports = readImports(program);
  const accesses = readTables(program);
  const tables = ownedTables(accesses, partition);
  const owner = new Map(tables.map((t) => [t.name, t.owner]));
  const { findings, explained } = auditProgram(program);
  const all = [...findings, ...explained];
  return {
    ...{ partition, imports, tables },
    calls: readCalls(program, partition),
    bus: readBus(program, partition),
    effects: readEffects(program),
    transactions: readTransactions(program, accesses, partition.moduleOf, (table) => owner.get(table)),
    findings: all,
    sharedState: all.flatMap((finding) => sharedState(program, partition, finding)),
    entries: readEntries(program, partition),
    coChange: history && readCoChange(history, partition),
  };
}

function ownedTables(accesses: readonly TableAccess[], partition: Partition): Table[] {
  const byName = new Map<string, (TableAccess & { module: string })[]>();
  for (const access of accesses) {
    const module = partition.moduleOf(access.file);
    if (module !== undefined) byName.set(access.table, [...(byName.get(access.table) ?? []), { ...access, module }]);
  }
  return [...byName]
    .map(([name, own]) => ({ name, owner: ownerOf(name, own), accesses: own }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whose table it is: who has its name, else who writes most, else who reads most. */
function ownerOf(table: string, accesses: readonly (TableAccess & { module: string })[]): string {
  const weight = new Map<string, number>();
  for (const { module, mode } of accesses) weight.set(module, (weight.get(module) ?? 0) + (mode === 'write' ? 5 : 1));
  const words = new Set(
    table
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .map((word) => word.replace(/s$/, '')),
  );
  for (const [module, value] of weight)
    if (module.split('-').some((word) => words.has(word.replace(/s$/, '')))) weight.set(module, value + 20);
  return [...weight].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]![0];
}

function sharedState(program: Program, partition: Partition, finding: Finding): SharedState[] {
  const home = partition.moduleOf(finding.file);
  if (home === undefined && !partition.isShared(finding.file)) return [];
  const others = new Set<string>();
  for (const write of finding.evidence) {
    const module = partition.moduleOf(write.file);
    if (module !== undefined && module !== home) others.add(module);
  }
  const name = finding.name.split('.').at(-1)!;
  for (const unit of program.units) {
    const module = partition.moduleOf(unit.path);
    if (module === undefined || module === home) continue;
    for (const scope of [unit.scopes.get(unit.source)!]) {
      for (const sym of scope.names.values()) {
        const from = sym.imported && program.values.resolve(unit, sym.imported.specifier);
        if (from?.path === finding.file && sym.imported!.name === name) others.add(module);
      }
    }
  }
  // State of shared code is shared by those who change it; where one does, it is that one's.
  if (home === undefined)
    return others.size > 1 ? [{ finding, home: [...others].sort()[0]!, others: [...others].sort().slice(1) }] : [];
  return others.size > 0 ? [{ finding, home, others: [...others].sort() }] : [];
}

function readEntries(program: Program, partition: Partition): Map<string, (Proof & { kind: string })[]> {
  const found = new Map<string, (Proof & { kind: string })[]>();
  for (const unit of program.units) {
    const module = partition.moduleOf(unit.path);
    if (module === undefined) continue;
    for (const fn of unit.functions) {
      const way = program.phases.pathTo(fn);
      if (way?.entry.fn !== fn || !/^(request|timer|consumer)$/.test(way.entry.kind)) continue;
      const kind = way.entry.kind;
      const says = routeName(fn.name) ?? kind;
      found.set(module, [
        ...(found.get(module) ?? []),
        { ...{ file: unit.path, line: lineOf(fn.node), text: fn.name.slice(0, 80), says }, kind },
      ]);
    }
  }
  return found;
}
