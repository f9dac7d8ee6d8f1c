import { DependencyUnavailableError } from '@atlas/platform';

/**
 * So many change an account at once that a command did not get its turn. Nothing was written; try again shortly. To a caller
 * it is a dependency that does not answer; of messages only the one of this account waits.
 */
export class AccountBusyError extends DependencyUnavailableError {
  constructor(accountId: string, options?: ErrorOptions) {
    super(`account ${accountId}`, options);
    this.name = 'AccountBusyError';
  }
}
