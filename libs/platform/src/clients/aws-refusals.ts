import { SetupError } from '../errors.ts';

const denied: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'AuthorizationErrorException',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSecurity',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

/** Whether the credentials are missing, wrong or not allowed to do this: a matter of configuration, not of retrying. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && denied.has(error.name);
}

/** Turns a refusal that only a person can mend into a SetupError that names `action`; other errors are thrown as they are. */
export async function explained<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isDenied(error)) throw error;
    const reason = (error as Error).message;
    throw new SetupError(`AWS refuses to ${action}: ${reason} Check the credentials and their policy.`, {
      cause: error,
    });
  }
}
