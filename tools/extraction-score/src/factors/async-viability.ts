import type { CrossCall } from '../evidence/calls.ts';
import type { Facts } from '../evidence/facts.ts';
import type { Factor, Proof } from '../model.ts';

/** Where nothing speaks for either, neither is said. */
const PRIOR = { weight: 2, value: 0.4 };
/** What a module asks others for can often come as events beforehand; what others ask of it must be answered. */
const WEIGHT = { incoming: 1, outgoing: 0.6, route: 0.25, background: 0.5, effect: 1, event: 1 };
const MOST_EFFECTS = 4;

/** How much of a module's work nobody waits for. 0 to 1. */
export function asyncViability(name: string, facts: Facts): Factor {
  const proofs: (Proof & { order: number })[] = [];
  let sum = PRIOR.weight * PRIOR.value;
  let weight = PRIOR.weight;
  const tally = { later: 0, answered: 0 };
  const count = (value: number, by: number, proof: Proof) => {
    sum += value * by;
    weight += by;
    proofs.push({ ...proof, order: Math.abs(value - 0.5) * by });
  };
  for (const call of facts.calls) {
    if (call.from !== name && call.to !== name) continue;
    const { value, why } = judge(call);
    if (value >= 0.5) tally.later += 1;
    else tally.answered += 1;
    const says = call.to === name ? `${call.from} calls it: ${why}` : `it calls ${call.to}: ${why}`;
    count(value, call.to === name ? WEIGHT.incoming : WEIGHT.outgoing, { ...place(call), says });
  }
  for (const { event, from, to, proof } of facts.bus) {
    if (from === name || to === name)
      count(1, WEIGHT.event, { ...proof, says: `${event} is an event already, from ${from} to ${to}` });
  }
  const effects = facts.effects.filter((e) => facts.partition.moduleOf(e.file) === name).slice(0, MOST_EFFECTS);
  for (const effect of effects)
    count(1, WEIGHT.effect, { ...effect, says: `${effect.effect}: nobody has to wait for it` });
  const entries = facts.entries.get(name) ?? [];
  for (const entry of entries) {
    if (entry.kind === 'request') count(0.2, WEIGHT.route, { ...entry, says: `a request waits for its answer` });
    else count(1, WEIGHT.background, { ...entry, says: `started by a ${entry.kind}, not by a request` });
  }
  const routes = entries.filter((e) => e.kind === 'request').length;
  return {
    value: sum / weight,
    formula: `${tally.later} calls across its border need no answer, ${tally.answered} do; ${effects.length} effects for later, ${routes} routes`,
    proofs: proofs.sort((a, b) => b.order - a.order).map(({ order: _order, ...proof }) => proof),
  };
}

/** 1: nobody waits. 0.75: somebody waits, and only to know that it is done. 0: the answer is needed. */
export function judge(call: CrossCall): { value: number; why: string } {
  if (call.inTransaction) return { value: 0, why: 'a step of its transaction' };
  if (call.detached === 'after the answer') return { value: 1, why: 'the answer was sent before' };
  if (call.detached) return { value: 0.9, why: `from a ${call.detached}: no request waits` };
  if (call.answer === 'one-way') return { value: 1, why: 'nobody waits for it' };
  if (call.answer === 'awaited') return { value: 0.75, why: 'waited for, its result is not used' };
  return { value: 0, why: 'its result is used' };
}

const place = ({ file, line, text }: CrossCall) => ({ file, line, text });
