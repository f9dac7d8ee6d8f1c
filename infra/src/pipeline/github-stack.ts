import { type App, Stack } from 'aws-cdk-lib';
import { CfnOIDCProvider } from 'aws-cdk-lib/aws-iam';
import { stages } from '../stages.ts';

const host = 'token.actions.githubusercontent.com';
/** Whom tokens of GitHub are for when they are meant for AWS (aws-actions/configure-aws-credentials). */
const audience = 'sts.amazonaws.com';

/** GitHub as an issuer of tokens: once per account, however many stages are in it, because an account has one of each issuer. */
export function createGithubStack(app: App): Stack {
  const stack = new Stack(app, 'atlas-github', {
    env: { region: stages[0]!.region },
    description: 'Atlas: lets the roles of the stages trust tokens of GitHub Actions',
    terminationProtection: true,
  });
  new CfnOIDCProvider(stack, 'Github', { url: `https://${host}`, clientIdList: [audience] });
  return stack;
}

/** Who may take a role: jobs of this repository that run in this environment, and nobody else. */
export function onlyFrom(repository: string, environment: string) {
  return {
    StringEquals: {
      [`${host}:aud`]: audience,
      [`${host}:sub`]: `repo:${repository}:environment:${environment}`,
    },
  };
}

/** Its ARN, which follows from its name: a stage's stack does not have to import it. */
export const githubProviderArn = (stack: Stack): string =>
  stack.formatArn({ service: 'iam', region: '', resource: 'oidc-provider', resourceName: host });
