import type { DeadMessage } from './dead-message.ts';
import { forecast } from './forecast.ts';
import type { BatchOutcome } from './operations.ts';

/** Why today's contracts would not accept messages, with the message of one of them. */
export interface Unacceptable {
  readonly code: string;
  readonly count: number;
  readonly message: string;
}

export interface OperationReport {
  readonly operationId: string;
  readonly dryRun: boolean;
  /** Messages of the snapshot that the filter means. */
  readonly matched: number;
  /** Messages that are out of the dead-letter queue now. */
  readonly done: number;
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
  /** Redrive only: messages that would be dead-lettered again, by reason; empty when all would be handled. */
  readonly unacceptable: readonly Unacceptable[];
}

/** Adds up what an operation finds and does. `foresee` asks for each message whether its service would accept it today. */
export function createTally(foresee: boolean) {
  const unacceptable = new Map<string, Unacceptable>();
  const failed: { id: string; reason: string }[] = [];
  let matched = 0;
  let done = 0;
  return {
    matched(messages: readonly DeadMessage[]): void {
      matched += messages.length;
      if (!foresee) return;
      for (const { queue, body } of messages) {
        const fate = forecast(queue.service, body);
        if (fate.accepted) continue;
        const { code, message } = fate;
        const known = unacceptable.get(code);
        unacceptable.set(code, { code, count: (known?.count ?? 0) + 1, message: known?.message ?? message });
      }
    },
    acted(outcome: BatchOutcome): void {
      done += outcome.gone.length;
      for (const { message, reason } of outcome.failed) failed.push({ id: message.id, reason });
    },
    done: () => done,
    counts: () => ({ matched, done, failed: failed.length }),
    report: (operationId: string, dryRun: boolean): OperationReport => ({
      operationId,
      dryRun,
      matched,
      done,
      failed: [...failed],
      unacceptable: [...unacceptable.values()].sort((a, b) => b.count - a.count),
    }),
  };
}
