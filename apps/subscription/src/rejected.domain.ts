/**
 * A well-formed command of a person that the account's present state does not allow. `code` is stable and part of the API;
 * `facts` name what stands in the way.
 */
export class RejectedError extends Error {
  readonly code: string;
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(code: string, message: string, facts: Readonly<Record<string, string | number>> = {}) {
    super(message);
    this.name = 'RejectedError';
    this.code = code;
    this.facts = facts;
  }
}
