/**
 * The mail server refused this message for good (5xx for its recipient or its content): a retry gets the same answer.
 */
export class MailRejectedError extends Error {
  readonly code = 'MAIL_REJECTED';
  readonly responseCode: number | undefined;

  constructor(messageId: string, reason: string, responseCode: number | undefined, options?: ErrorOptions) {
    super(`The mail server refused ${messageId}: ${reason}`, options);
    this.name = 'MailRejectedError';
    this.responseCode = responseCode;
  }
}

/** A webhook may not be sent there: the address is not on the public internet, or the URL itself is not allowed. */
export class BlockedDestinationError extends Error {
  readonly code = 'BLOCKED_DESTINATION';

  constructor(reason: string) {
    super(reason);
    this.name = 'BlockedDestinationError';
  }
}
