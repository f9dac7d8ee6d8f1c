import { type Fn, lineOf, member, type Program, textOf, bare } from '@atlas/state-audit/engine';
import ts from 'typescript';
import type { Partition, Proof } from '../model.ts';

/** Something that is told by name inside the process already: the event exists, only its way has to change. */
export interface BusLink {
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly proof: Proof;
}

const OWN =
  /^(error|close|end|data|finish|open|connect|connection|disconnect|message|request|response|exit|listening|ready|drain|upgrade|timeout|SIG\w+|uncaughtException|unhandledRejection|join|leave)$/;

/** `bus.emit('order.completed')` in one module, `bus.on('order.completed')` in another. */
export function readBus(program: Program, partition: Partition): BusLink[] {
  const told: { event: string; from: string; proof: Proof }[] = [];
  const heard = new Map<string, Set<string>>();
  for (const unit of program.units) {
    const module = partition.moduleOf(unit.path);
    if (module === undefined) continue;
    for (const fn of unit.functions) {
      for (const call of fn.calls) {
        const said = named(call);
        if (!said || OWN.test(said.event)) continue;
        if (/^(on|addListener|once|subscribe|handle|process|listen)$/.test(said.how))
          heard.set(said.event, (heard.get(said.event) ?? new Set()).add(module));
        else told.push({ event: said.event, from: module, proof: proofOf(fn, call) });
      }
    }
  }
  return told.flatMap(({ event, from, proof }) =>
    [...(heard.get(event) ?? [])].filter((to) => to !== from).map((to) => ({ event, from, to, proof })),
  );
}

function named(call: ts.CallExpression | ts.NewExpression): { how: string; event: string } | undefined {
  const at = member(bare(call.expression));
  const [first] = call.arguments ?? [];
  if (!at || !first || !ts.isStringLiteralLike(bare(first))) return undefined;
  if (!/^(on|addListener|once|subscribe|handle|process|listen|emit|emitAsync|publish|dispatch|trigger)$/.test(at.name))
    return undefined;
  return { how: at.name, event: (bare(first) as ts.StringLiteral).text };
}

function proofOf(fn: Fn, call: ts.Node): Proof {
  return {
    file: fn.unit.path,
    line: lineOf(call),
    text: textOf(call, 80),
    says: 'an event already, inside the process',
  };
}
