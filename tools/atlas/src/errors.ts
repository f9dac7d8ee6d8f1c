/** Something that the person who typed the command can put right: one line, exit code 2. */
export class UsageError extends Error {
  readonly code = 'USAGE';
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** A service that publishes nothing here, because it is not deployed under this prefix. */
export class MissingOutboxError extends Error {
  readonly code = 'MISSING_OUTBOX';
  constructor(service: string, options?: ErrorOptions) {
    super(`The outbox of ${service} does not exist: is ${service} deployed under this ATLAS_PREFIX?`, options);
    this.name = 'MissingOutboxError';
  }
}
