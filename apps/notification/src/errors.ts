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

/** A cursor that this service has not made, or has made for another list or tenant. */
export class InvalidCursorError extends Error {
  readonly code = 'INVALID_CURSOR';

  constructor() {
    super('The cursor is not one that this list returned. Start again without a cursor.');
    this.name = 'InvalidCursorError';
  }
}

/** A delivery row, an endpoint or a feed entry in the store does not have the shape that this version writes. */
export class CorruptItemError extends Error {
  readonly code = 'CORRUPT_ITEM';

  constructor(what: string, key: string, reason: string) {
    super(`The ${what} ${key} in the store cannot be read: ${reason}`);
    this.name = 'CorruptItemError';
  }
}

/**
 * A condition of a transaction did not hold: what it was based on was changed by somebody else. Nothing was written.
 */
export class TransactionRefusedError extends Error {
  readonly code = 'TRANSACTION_REFUSED';

  constructor(options?: ErrorOptions) {
    super('Something that this change is based on was changed by another request. Read it again and repeat.', options);
    this.name = 'TransactionRefusedError';
  }
}
