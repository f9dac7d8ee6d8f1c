/** The value was changed by somebody else since it was read. `version` is the current one. Read it again, then repeat. */
export class VersionConflictError extends Error {
  readonly code = 'VERSION_CONFLICT';
  readonly version: number;

  constructor(key: string, expected: number, version: number) {
    super(
      `"${key}" has version ${version}, not ${expected}: somebody else has changed it. Read it again, then repeat.`,
    );
    this.name = 'VersionConflictError';
    this.version = version;
  }
}

/** Every slot of an outbound budget is taken. It means "later" and is never a failure of what was to be done. */
export class BudgetFullError extends Error {
  readonly code = 'BUDGET_FULL';
  /** A good pause before the next try, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(budget: string, limit: number, retryAfterMs: number) {
    super(`All ${limit} slots of the outbound budget "${budget}" are taken. Try again later.`);
    this.name = 'BudgetFullError';
    this.retryAfterMs = retryAfterMs;
  }
}

/** The lease of a slot ended before its work did (Redis was away for too long, or this process stood still). */
export class BudgetLeaseLostError extends Error {
  readonly code = 'BUDGET_LEASE_LOST';

  constructor(budget: string) {
    super(`The lease of a slot of the outbound budget "${budget}" has ended; another process may have the slot now.`);
    this.name = 'BudgetLeaseLostError';
  }
}
