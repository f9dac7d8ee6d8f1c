import type { Service } from '@atlas/event-contracts';
import { type App, Duration, Stack } from 'aws-cdk-lib';
import { Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import { acknowledge } from '../acknowledge.ts';
import { settingsOf } from '../apps.ts';
import { repositoryName } from '../repository.ts';
import type { Stage } from '../stages.ts';
import { deployStacks, type Permission, runMigrations, shipApp } from './deploy-permissions.ts';
import { githubProviderArn, onlyFrom } from './github-stack.ts';

/**
 * The roles that deploy a stage, `<prefix>-deploy-<app>` and `<prefix>-deploy-base`, one per app: each deploys the stacks of its
 * app and no other, and is taken only by jobs of this repository in the environment of this stage, where the approval is.
 */
export function createPipelineStack(app: App, stage: Stage, apps: readonly Service[]): Stack {
  const stack = new Stack(app, `${stage.prefix}-pipeline`, {
    env: { region: stage.region },
    description: `Atlas ${stage.name}: who may deploy what, from GitHub`,
    terminationProtection: stage.keepsData,
  });
  // Network and databases take longer than an hour, which is as long as a session usually lasts.
  createRole(stack, stage, 'base', Duration.hours(2), deployStacks(stack, basesOf(stage)));
  for (const name of apps) {
    const names = [
      `${stage.prefix}-${name}`,
      ...(settingsOf(name).migrates ? [`${stage.prefix}-${name}-migrations`] : []),
    ];
    createRole(stack, stage, name, Duration.hours(1), [
      ...deployStacks(stack, names),
      ...shipApp(stack, stage, name),
      ...runMigrations(stack, stage, name),
    ]);
  }
  return stack;
}

const basesOf = ({ prefix }: Stage): string[] => [`${prefix}-shared`, `${prefix}-messaging`];

function createRole(
  stack: Stack,
  stage: Stage,
  what: Service | 'base',
  maxSessionDuration: Duration,
  permissions: readonly Permission[],
): void {
  const role = new Role(stack, `deploy-${what}`, {
    roleName: `${stage.prefix}-deploy-${what}`,
    description: `Deploys ${what} to ${stage.name}`,
    assumedBy: new WebIdentityPrincipal(githubProviderArn(stack), onlyFrom(repositoryName(stack), stage.name)),
    maxSessionDuration,
  });
  for (const { statement, why = '' } of permissions) {
    role.addToPolicy(statement);
    for (const resource of statement.resources.filter((each) => each.includes('*'))) {
      acknowledge(role, `AwsSolutions-IAM5[Resource::${inWords(stack, resource)}]`, why);
    }
  }
}

/** As cdk-nag writes it: `arn:<AWS::Partition>:ecs:…`. */
function inWords(stack: Stack, resource: string): string {
  const resolved = stack.resolve(resource) as string | { 'Fn::Join': ['', (string | { Ref: string })[]] };
  if (typeof resolved === 'string') return resolved;
  return resolved['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
}
