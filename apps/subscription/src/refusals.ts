import { type HttpProblem, problem } from '@atlas/platform';
import { ContendedAccountError } from './errors.ts';
import { RejectedError } from './rejected.domain.ts';

/** What is about the request and not about the state that the account is in; everything else is a 409. */
const statuses: Readonly<Record<string, number>> = { UNKNOWN_PLAN: 400, NO_SUBSCRIPTION: 404 };

/** Awaits a command of a person, and turns what it was refused for into problem details. */
export async function answered<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof RejectedError) {
      throw problem(statuses[error.code] ?? 409, error.code, error.message, { ...error.facts });
    }
    if (error instanceof ContendedAccountError) {
      throw problem(503, error.code, error.message, {}, { 'retry-after': '1' });
    }
    throw error;
  }
}

/** The account has never had a subscription. */
export const noSubscription = (): HttpProblem =>
  problem(404, 'NO_SUBSCRIPTION', 'The account has no subscription. It begins with POST /billing/charges.');
