import type { IConstruct } from 'constructs';

/** Where this repository is: the context `repositoryUrl` of cdk.json, without a slash at its end. */
export function repositoryUrl(construct: IConstruct): string {
  const url = String(construct.node.tryGetContext('repositoryUrl') ?? 'https://github.com/your-organisation/atlas');
  return url.replace(/\/$/, '');
}

/** `owner/name` of it, as GitHub's tokens have it. */
export const repositoryName = (construct: IConstruct): string => new URL(repositoryUrl(construct)).pathname.slice(1);
