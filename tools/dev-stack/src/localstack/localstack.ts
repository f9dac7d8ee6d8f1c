import { StackError } from '../errors.ts';
import { dockerLocalStack } from './docker-localstack.ts';
import { type LocalStack, type LocalStackPlace, versionAt } from './localstack-place.ts';
import { pypiLocalStack } from './pypi-localstack.ts';

/**
 * A LocalStack that answers: the one at AWS_ENDPOINT_URL, else one in Docker, else one from PyPI, whichever can be had first. Throws
 * StackError when AWS_ENDPOINT_URL is set and nothing answers there; the reasons come back when none can be had.
 */
export async function openLocalStack(
  env: NodeJS.ProcessEnv,
  place: LocalStackPlace,
): Promise<LocalStack | { readonly reasons: readonly string[] }> {
  const given = env['AWS_ENDPOINT_URL'];
  if (given) {
    const version = await versionAt(given);
    if (version === undefined) {
      throw new StackError('PREREQUISITE_MISSING', `AWS_ENDPOINT_URL is ${given}, and no LocalStack answers there.`);
    }
    return { url: given, how: `the one at AWS_ENDPOINT_URL, version ${version}`, stop: () => Promise.resolve() };
  }
  const reasons: string[] = [];
  for (const attempt of [dockerLocalStack, pypiLocalStack]) {
    const found = await attempt(place);
    if ('url' in found) return found;
    place.signal.throwIfAborted();
    reasons.push(found.reason);
  }
  return { reasons };
}
