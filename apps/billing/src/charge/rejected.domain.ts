/**
 * A well-formed command that the present state does not allow. `code` is stable and part of the API, `facts` name what
 * stands in the way. Over HTTP it is a 409; a message that causes it is dead-lettered with this as its reason.
 */
export class RejectedError extends Error {
  readonly code: string;
  readonly facts: Readonly<Record<string, string>>;

  constructor(code: string, message: string, facts: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'RejectedError';
    this.code = code;
    this.facts = facts;
  }
}
