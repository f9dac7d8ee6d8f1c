/** Why the local system could not do what was asked, in words that say what to do next. */
export class StackError extends Error {
  readonly code: StackErrorCode;

  constructor(code: StackErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StackError';
    this.code = code;
  }
}

export type StackErrorCode =
  | 'ALREADY_RUNNING'
  | 'NO_FREE_PORT'
  | 'NOT_REACHABLE_BY_ACCOUNT'
  | 'PART_FAILED'
  | 'PREREQUISITE_MISSING'
  | 'STOPPED'
  | 'UNKNOWN_PART'
  | 'UNQUOTABLE_VALUE';
