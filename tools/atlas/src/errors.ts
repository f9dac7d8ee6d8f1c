/** Something that the person who typed the command can put right: one line, exit code 2. */
export class UsageError extends Error {
  readonly code = 'USAGE';
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** What a command wants to read is not there, because its service is not deployed under this prefix. */
export class MissingTableError extends Error {
  readonly code = 'MISSING_TABLE';
  constructor(what: string, service: string, options?: ErrorOptions) {
    super(`The ${what} of ${service} does not exist: is ${service} deployed under this ATLAS_PREFIX?`, options);
    this.name = 'MissingTableError';
  }
}
