import type { Envelope } from '@atlas/event-contracts';
import { DomainRejectionError, RetryLaterError } from '@atlas/messaging';
import type { Metrics } from '@atlas/platform';
import { ContendedAccountError } from '../errors.ts';
import type { HandleCommand } from './account-commands.ts';
import type { Answers } from './answers.ts';
import type { ChargeOutcome } from './account.domain.ts';

/** What the handlers of this service work with. */
export interface HandlerDeps {
  readonly handle: HandleCommand;
  readonly answers: Answers;
  readonly newId: () => string;
  readonly outcomes: OutcomeMetrics;
}

export type OutcomeMetrics = ReturnType<typeof createOutcomeMetrics>;

/** Counts what became of charges, each once: a duplicate is counted as such. */
export function createOutcomeMetrics(metrics: Pick<Metrics, 'counter'>) {
  const decided = metrics.counter('charge_outcomes_total', 'What became of charges that succeeded.', [
    'outcome',
    'reason',
  ] as const);
  const repeated = metrics.counter('charge_outcomes_repeated_total', 'Charges heard of again after their outcome.');
  return {
    decided: (outcome: ChargeOutcome) =>
      decided.inc({ outcome: outcome.kind, reason: outcome.kind === 'failed' ? outcome.reason : '' }),
    repeated: () => repeated.inc(),
  };
}

/** The account that an event is about. Throws DomainRejectionError for an event of one tenant that names another one's account. */
export function accountOf(event: Envelope<unknown>, accountId: string): string {
  if (event.tenant_id === accountId) return accountId;
  throw new DomainRejectionError(
    `${event.event} of the tenant ${event.tenant_id} is about the account ${accountId}; a tenant's events are about its own account`,
  );
}

/** Awaits a command; an account that is too busy is no failure of the message, which comes again. */
export async function inTurn<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof ContendedAccountError) throw new RetryLaterError(error.message, 1_000, { cause: error });
    throw error;
  }
}
