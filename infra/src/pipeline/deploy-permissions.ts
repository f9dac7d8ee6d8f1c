import type { Service } from '@atlas/event-contracts';
import { ArnFormat, type Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { settingsOf } from '../apps.ts';
import type { Stage } from '../stages.ts';
import { templateFolder } from './by-the-caller.ts';

/** What `cdk bootstrap` names its things by, unless it is told otherwise. */
const qualifier = 'hnb659fds';

type Arn = (service: string, resource: string, name: string, separator?: ArnFormat) => string;

/** ARNs of this account and region. */
const arnIn =
  (stack: Stack): Arn =>
  (service, resource, resourceName, arnFormat = ArnFormat.SLASH_RESOURCE_NAME) =>
    stack.formatArn({ service, resource, resourceName, arnFormat });

/** A statement, and why its resources end with a `*`, where they do. */
export interface Permission {
  readonly statement: PolicyStatement;
  readonly why?: string | undefined;
}

interface Details {
  readonly conditions?: Record<string, object>;
  readonly why?: string;
}

const allow = (sid: string, resources: string[], actions: string[], { conditions, why }: Details = {}): Permission => ({
  statement: new PolicyStatement({ sid, resources, actions, ...(conditions && { conditions }) }),
  why,
});

const idFollows = 'AWS chooses the id that follows the name, and nothing of another name matches.';

/**
 * Deploy these stacks and no other, with the command line of CDK: their templates go to the bucket of `cdk bootstrap`, and CloudFormation
 * makes the resources with the role that was bootstrapped for it.
 */
export function deployStacks(stack: Stack, names: readonly string[]): Permission[] {
  const arn = arnIn(stack);
  const bucket = `arn:${stack.partition}:s3:::cdk-${qualifier}-assets-${stack.account}-${stack.region}`;
  const executionRole = `cdk-${qualifier}-cfn-exec-role-${stack.account}-${stack.region}`;
  return [
    allow(
      'DeployStacks',
      names.map((name) => arn('cloudformation', 'stack', `${name}/*`)),
      [
        ...['CreateChangeSet', 'DescribeChangeSet', 'ExecuteChangeSet', 'DeleteChangeSet', 'DescribeStacks'],
        ...['DescribeStackEvents', 'DescribeEvents', 'DescribeStackResources', 'ListStackResources', 'GetTemplate'],
        // A stack whose first deployment failed cannot be changed: CDK deletes it before it tries again.
        ...['DeleteStack', 'ContinueUpdateRollback', 'UpdateTerminationProtection'],
      ].map((action) => `cloudformation:${action}`),
      { why: idFollows },
    ),
    allow(
      'LetCloudFormationMakeThem',
      [stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: executionRole })],
      ['iam:PassRole'],
      { conditions: passedTo('cloudformation') },
    ),
    allow('FindTemplates', [bucket], ['s3:GetBucketLocation', 's3:GetEncryptionConfiguration', 's3:ListBucket']),
    allow(
      'PutTemplates',
      names.map((name) => `${bucket}/${templateFolder(name)}*`),
      ['s3:GetObject', 's3:PutObject'],
      { why: 'CDK names a template by its digest; the folder is of this stack alone.' },
    ),
  ];
}

/** Put an image of the app into its repository, and look after the deployment: `tools/delivery/src/pipeline/smoke.ts`. */
export function shipApp(stack: Stack, { name, prefix }: Stage, app: Service): Permission[] {
  const arn = arnIn(stack);
  return [
    allow('SignInToRegistry', ['*'], ['ecr:GetAuthorizationToken'], {
      why: 'ecr:GetAuthorizationToken knows no resources (Service Authorization Reference, Amazon ECR).',
    }),
    allow(
      'PushImages',
      [arn('ecr', 'repository', `${prefix}/${app}`)],
      [
        ...['DescribeImages', 'BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer'],
        ...['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload', 'PutImage'],
      ].map((action) => `ecr:${action}`),
    ),
    ...(settingsOf(app).isPublic ? [readCertificate(stack, name)] : []),
    allow('WatchService', [arn('ecs', 'service', `${prefix}/${prefix}-${app}`)], ['ecs:DescribeServices']),
    allow(
      'WatchAlarms',
      [arn('cloudwatch', 'alarm', '*', ArnFormat.COLON_RESOURCE_NAME)],
      ['cloudwatch:DescribeAlarms'],
      {
        why: 'Alarms are asked for by the beginning of their name, which is a question about all of them.',
      },
    ),
  ];
}

/** CloudFormation looks up a template's SSM parameters as whoever creates the change set. */
const readCertificate = (stack: Stack, stage: string): Permission =>
  allow('ReadCertificate', [arnIn(stack)('ssm', 'parameter', `atlas/${stage}/certificate-arn`)], ['ssm:GetParameters']);

/** Run the task of the app's migrations and wait for its end: `tools/delivery/src/pipeline/migrate.ts`. */
export function runMigrations(stack: Stack, { prefix }: Stage, app: Service): Permission[] {
  if (!settingsOf(app).migrates) return [];
  const arn = arnIn(stack);
  const inCluster = { ArnEquals: { 'ecs:cluster': arn('ecs', 'cluster', prefix) } };
  const roles = stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: `${prefix}-${app}-*` });
  return [
    allow('RunMigrations', [arn('ecs', 'task-definition', `${prefix}-${app}-migration:*`)], ['ecs:RunTask'], {
      ...{ conditions: inCluster, why: idFollows },
    }),
    allow('AwaitMigrations', [arn('ecs', 'task', `${prefix}/*`)], ['ecs:DescribeTasks'], {
      ...{ conditions: inCluster, why: 'A task has no name: it is one of this cluster, which is of this stage alone.' },
    }),
    allow('LetTheMigrationBeItself', [roles], ['iam:PassRole'], {
      ...{ conditions: passedTo('ecs-tasks'), why: idFollows },
    }),
  ];
}

const passedTo = (service: string) => ({ StringEquals: { 'iam:PassedToService': `${service}.amazonaws.com` } });
