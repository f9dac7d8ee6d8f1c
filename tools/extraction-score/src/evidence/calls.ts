import { enclosingFn, type Fn, lineOf, type Program, textOf } from '@atlas/state-audit/engine';
import type ts from 'typescript';
import type { Partition } from '../model.ts';
import { type Answer, answerOf, isAfterAnswer } from './answers.ts';

/** A call from one candidate into another. */
export interface CrossCall {
  readonly from: string;
  readonly to: string;
  readonly caller: Fn;
  readonly callee: Fn;
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly answer: Answer;
  /** Why nobody waits although the value is taken: a timer or a queue calls, or the answer was sent before. */
  readonly detached: 'timer' | 'consumer' | 'event' | 'after the answer' | undefined;
  /** It is given the transaction of its caller: it happens together with the rest or not at all. */
  readonly inTransaction: boolean;
  /** `POST /orders`: how a request gets here; undefined when none does. */
  readonly route: string | undefined;
}

/** All calls that would go over the network if every candidate were a service. Wiring at the start is left out. */
export function readCalls(program: Program, partition: Partition): CrossCall[] {
  const found: CrossCall[] = [];
  for (const unit of program.units) {
    const from = partition.moduleOf(unit.path);
    if (from === undefined) continue;
    for (const fn of unit.functions) {
      if (!program.phases.isRun(fn)) continue;
      for (const call of fn.calls) {
        const seen = new Set<string>();
        for (const callee of calleesOf(program, call)) {
          const to = partition.moduleOf(callee.unit.path);
          if (to === undefined || to === from || seen.has(to)) continue;
          seen.add(to);
          found.push({
            ...{ from, to, caller: fn, callee, file: unit.path, line: lineOf(call), text: textOf(call, 80) },
            ...kindOf(program, fn, call),
          });
        }
      }
    }
  }
  return found;
}

function calleesOf(program: Program, call: ts.CallExpression | ts.NewExpression): Fn[] {
  return (program.phases.callees.get(call) ?? []).flatMap((value) => {
    if (value.t === 'fn') return [value.fn];
    return value.t === 'cls' && value.cls.ctor ? [value.cls.ctor] : [];
  });
}

const TRANSACTION =
  /^(tx|trx|txn|t|transaction|session|dbSession|mongoSession|queryRunner|transactionManager)$|\b(transaction|transacting|trx)\b\s*[:,}]/;

function kindOf(
  program: Program,
  fn: Fn,
  call: ts.CallExpression | ts.NewExpression,
): Pick<CrossCall, 'answer' | 'detached' | 'inTransaction' | 'route'> {
  const path = program.phases.pathTo(fn);
  // What an emitter calls is background only where it was registered at the start, not inside a request.
  const registered = path && enclosingFn(path.entry.fn.unit, path.entry.node);
  const isLocal = path?.entry.kind === 'event' && registered !== undefined && !program.phases.isLoad(registered);
  const kind = isLocal ? undefined : path?.entry.kind;
  const detached =
    kind === 'timer' || kind === 'consumer' || kind === 'event'
      ? kind
      : isAfterAnswer(call)
        ? 'after the answer'
        : undefined;
  const route = kind === 'request' ? routeName(path!.entry.fn.name) : undefined;
  const inTransaction = (call.arguments ?? []).some((argument) => TRANSACTION.test(argument.getText()));
  return { answer: answerOf(call), detached, inTransaction, route };
}

/** `router.post('/orders')` -> `POST /orders`. */
export function routeName(name: string): string | undefined {
  const said = /\.(get|post|put|patch|delete|del|all|use)\('([^']+)'\)$/i.exec(name);
  return said ? `${said[1]!.toUpperCase().replace(/^DEL$/, 'DELETE')} ${said[2]}` : undefined;
}

/** Whether the caller needs the answer before it can go on. */
export function waits(call: CrossCall): boolean {
  return call.inTransaction || (call.detached === undefined && call.answer === 'used');
}
