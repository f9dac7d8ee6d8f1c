/** The environment does not hold what the service needs; `message` is a report for the person who starts it. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';

  constructor(report: string) {
    super(report);
    this.name = 'ConfigError';
  }
}

/**
 * The world around the service is not set up: a queue that does not exist, access denied, an old schema, a taken port.
 * Retrying cannot help, so the service exits and prints `message`, which says what to do.
 */
export class SetupError extends Error {
  readonly code = 'SETUP_REQUIRED';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SetupError';
  }
}

/** A dependency does not answer at the moment; `isUnreachable` recognises it, so it is never counted as a failure. */
export class DependencyUnavailableError extends Error {
  readonly code = 'DEPENDENCY_UNAVAILABLE';
  readonly dependency: string;

  constructor(dependency: string, options?: ErrorOptions) {
    super(`${dependency} does not answer at the moment.`, options);
    this.name = 'DependencyUnavailableError';
    this.dependency = dependency;
  }
}

/**
 * Another request took over the idempotency key because this one was slower than the lease. The transaction that tried
 * to complete the claim must roll back, otherwise the effect would happen twice.
 */
export class IdempotencyClaimLostError extends Error {
  readonly code = 'IDEMPOTENCY_CLAIM_LOST';

  constructor(key: string) {
    super(`The request with idempotency key "${key}" took longer than its lease and was taken over by a retry.`);
    this.name = 'IdempotencyClaimLostError';
  }
}

/** An identity token that must not be trusted: forged, expired, for another audience, or not a token at all. */
export class InvalidTokenError extends Error {
  readonly code = 'INVALID_TOKEN';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvalidTokenError';
  }
}

/** An HTTP answer that is an error, as RFC 9457 problem details: `extra` are further members of the document. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    detail: string,
    extra: Record<string, unknown> = {},
    headers: Record<string, string> = {},
    options?: ErrorOptions,
  ) {
    super(detail, options);
    this.name = 'HttpProblem';
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.extra = extra;
    this.headers = headers;
  }
}

/** A cursor that the service has not made, or has made for another list or tenant. */
export class InvalidCursorError extends Error {
  readonly code = 'INVALID_CURSOR';

  constructor() {
    super('The cursor is not one that this list returned. Start again without a cursor.');
    this.name = 'InvalidCursorError';
  }
}

/** An item in the store does not have the shape that this version writes. */
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
