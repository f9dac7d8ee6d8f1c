import { partition } from '@aws-sdk/core/client';
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

/** The name of an endpoint in a region, in every partition of AWS that the internet can reach. */
const ENDPOINT = /\.([a-z0-9-]+)\.amazonaws\.(com|com\.cn|eu)$/;

/**
 * The region of an endpoint that the internet does not know, when it is none that this version of the SDK knows either. A name that
 * cannot be looked up is otherwise an outage; and regions that are younger than the SDK have names that can.
 */
function regionThatIsNone(error: unknown): string | undefined {
  const { code, hostname = '' } = error as { code?: string; hostname?: string };
  const region = code === 'ENOTFOUND' ? ENDPOINT.exec(hostname)?.[1] : undefined;
  // Only a region by its name has a description; any other text gets the defaults of the partition that it looks like.
  return region === undefined || 'description' in partition(region) ? undefined : region;
}

/** Turns a refusal that only a person can mend into a SetupError that names `action`; other errors are thrown as they are. */
export async function explained<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const region = regionThatIsNone(error);
    if (region !== undefined) {
      throw new SetupError(`AWS has no region ${region}: could not ${action}. Check AWS_REGION.`, { cause: error });
    }
    if (!isDenied(error)) throw error;
    const reason = (error as Error).message;
    throw new SetupError(`AWS refuses to ${action}: ${reason} Check the credentials and their policy.`, {
      cause: error,
    });
  }
}
