/** What a log line says about an error. */
export interface ErrorDescription {
  type: string;
  code?: string;
  message: string;
  stack?: string;
  cause?: ErrorDescription;
  errors?: ErrorDescription[];
}

const DEEPEST_CAUSE = 5;

/**
 * Describes anything that was thrown, with its causes (five levels). Other properties are left out on purpose: clients
 * hang commands with their arguments, requests and connection strings on their errors, and those hold secrets.
 */
export function describeError(error: unknown): ErrorDescription {
  return describe(error, 0);
}

function describe(error: unknown, depth: number): ErrorDescription {
  if (!isErrorLike(error)) return { type: typeof error, message: String(error) };
  const description: ErrorDescription = { type: error.name ?? 'Error', message: error.message };
  if (typeof error.code === 'string' || typeof error.code === 'number') description.code = String(error.code);
  if (error.stack) description.stack = error.stack;
  if (depth < DEEPEST_CAUSE) {
    if (error.cause !== undefined) description.cause = describe(error.cause, depth + 1);
    if (Array.isArray(error.errors)) description.errors = error.errors.map((inner) => describe(inner, depth + 1));
  }
  return description;
}

export interface ErrorLike {
  message: string;
  name?: string;
  stack?: string;
  code?: unknown;
  cause?: unknown;
  errors?: unknown;
}

/** Whether `value` looks like an error; `instanceof` does not see errors that come from another realm (vm, worker). */
export function isErrorLike(value: unknown): value is ErrorLike {
  return typeof value === 'object' && value !== null && typeof (value as { message?: unknown }).message === 'string';
}
