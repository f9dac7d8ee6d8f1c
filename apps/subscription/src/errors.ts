/** So many others change this account at the same moment that a command did not get its turn. Nothing was written. */
export class ContendedAccountError extends Error {
  readonly code = 'ACCOUNT_BUSY';

  constructor(accountId: string, tries: number, options?: ErrorOptions) {
    super(`The account ${accountId} was changed by others ${tries} times in a row. Try again shortly.`, options);
    this.name = 'ContendedAccountError';
  }
}
