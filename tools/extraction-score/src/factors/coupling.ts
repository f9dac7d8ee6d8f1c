import type { Facts, Table } from '../evidence/facts.ts';
import type { Factor, Proof } from '../model.ts';

/** What each kind of shared state costs; 1 is a module that shares nothing. A transaction that has to become a saga costs most. */
const COST = { transaction: 2, writtenByBoth: 1.5, writtenByOne: 0.75, sharedVariable: 1, ownState: 0.2, coChange: 2 };
const MOST_OWN_STATE = 1.5;
const ENOUGH_COMMITS = 4;

/** How much state a module shares with others: 1 nothing, more is worse. */
export function coupling(name: string, facts: Facts): Factor {
  const parts: string[] = [];
  const proofs: Proof[] = [];
  let value = 1;
  const add = (cost: number, says: string) => {
    if (cost === 0) return;
    value += cost;
    parts.push(`${cost.toFixed(2)} ${says}`);
  };

  const transactions = facts.transactions.filter((t) => t.modules.includes(name));
  for (const { proof, modules } of transactions)
    proofs.push({ ...proof, says: `${proof.says}: a saga between ${modules.join(' and ')} would take its place` });
  add(transactions.length * COST.transaction, `${transactions.length} transactions over several modules`);

  let tables = 0;
  let count = 0;
  for (const table of facts.tables) {
    const shared = sharedTable(name, table);
    if (!shared) continue;
    tables += shared.cost;
    count += 1;
    proofs.push(...shared.proofs);
  }
  add(tables, `${count} tables in common`);

  let variables = 0;
  for (const { finding, home, others } of facts.sharedState) {
    if (home !== name && !others.includes(name)) continue;
    variables += COST.sharedVariable;
    const who = home === name ? others.join(', ') : home;
    proofs.push({
      file: finding.file,
      line: finding.line,
      text: finding.name,
      says: `state of the process (${finding.kind}) shared with ${who}`,
    });
  }
  add(variables, `${variables} variables in common`);

  const own = facts.findings.filter((f) => facts.partition.moduleOf(f.file) === name);
  for (const f of own)
    proofs.push({
      file: f.file,
      line: f.line,
      text: f.name,
      says: `state of the process (${f.kind}): needs a home outside first`,
    });
  add(Math.min(MOST_OWN_STATE, own.length * COST.ownState), `${own.length} places with state of its own`);

  const changed = facts.coChange?.get(name);
  if (changed && changed.commits >= ENOUGH_COMMITS && changed.together > 0) {
    for (const { name: partner, times, latest } of changed.partners.slice(0, 3))
      proofs.push({
        file: latest.files.find((f) => facts.partition.moduleOf(f) === name) ?? '',
        line: 0,
        text: `${latest.id} ${latest.subject}`.slice(0, 80),
        says: `${times} of ${changed.commits} commits changed ${partner} as well`,
      });
    add(
      (COST.coChange * changed.together) / changed.commits,
      `${changed.together} of ${changed.commits} commits changed others as well`,
    );
  }
  return { value, formula: parts.length > 0 ? `1 + ${parts.join(' + ')}` : '1: nothing is shared', proofs };
}

/** What a table costs that the module does not have for itself; undefined when it has, or nobody writes. */
export function sharedTable(name: string, table: Table): { cost: number; proofs: Proof[] } | undefined {
  const mine = table.accesses.filter((a) => a.module === name);
  const others = table.accesses.filter((a) => a.module !== name);
  if (mine.length === 0 || others.length === 0) return undefined;
  const iWrite = mine.some((a) => a.mode === 'write');
  const theyWrite = others.some((a) => a.mode === 'write');
  if (!iWrite && !theyWrite) return undefined;
  const first = (list: typeof mine) => list.find((a) => a.mode === 'write') ?? list[0]!;
  const theirs = [...new Set(others.map((a) => a.module))].map((module) =>
    first(others.filter((a) => a.module === module)),
  );
  const proofs = [first(mine), ...theirs].map((a): Proof => ({
    file: a.file,
    line: a.line,
    text: a.text,
    says: `${a.module === name ? 'it' : a.module} ${a.mode}s ${table.name}${table.owner === a.module ? '' : ` (of ${table.owner})`}`,
  }));
  return { cost: iWrite && theyWrite ? COST.writtenByBoth : COST.writtenByOne, proofs };
}
