/** Why a demo could not do its work, in words for the person who started it. */
export class DemoError extends Error {
  readonly code: DemoErrorCode;

  constructor(code: DemoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DemoError';
    this.code = code;
  }
}

export type DemoErrorCode =
  /** The command line is wrong. */
  | 'USAGE'
  /** The file is not there, or cannot be read. */
  | 'UNREADABLE_FILE'
  /** The system did not answer for as long as we wait without progress. */
  | 'NOT_ANSWERING'
  /** The system answered something that no retry changes and that is no order's fault. */
  | 'UNEXPECTED_ANSWER'
  /** The projection of the revenue is not the sum of the orders: a defect of ours, or a history that it was not given. */
  | 'REVENUE_DIFFERS';
