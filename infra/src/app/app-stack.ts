import type { Service } from '@atlas/event-contracts';
import { type App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { FargateService } from 'aws-cdk-lib/aws-ecs';
import { settingsOf } from '../apps.ts';
import type { DescribedApp } from '../described-apps.ts';
import type { Messaging } from '../messaging/messaging-stack.ts';
import type { Shared } from '../shared/shared-stack.ts';
import type { Stage } from '../stages.ts';
import { createTable } from '../tables.ts';
import { openDoors, openWays } from './doors.ts';
import { type AppEnvironment, environmentOf } from './environment.ts';
import { permit } from './permissions.ts';
import { scale } from './scaling.ts';
import { createMigrationTask, createTask } from './task.ts';
import { createAlarms, createDashboard } from './watch.ts';

interface AppStackProps {
  readonly stage: Stage;
  readonly shared: Shared;
  readonly messaging: Messaging;
  readonly app: DescribedApp;
  readonly apps: readonly Service[];
}

/** Everything of one app, and of no other: it is deployed and rolled back by itself (`cdk deploy --exclusively`). */
export function createAppStack(cdk: App, props: AppStackProps): Stack {
  const { stage, shared, messaging, app } = props;
  const stack = new Stack(cdk, `${stage.prefix}-${app.name}`, {
    env: { region: stage.region },
    description: `Atlas ${stage.name}: ${app.name}`,
    terminationProtection: stage.keepsData,
  });
  const environment = environmentIn(stack, props);
  const definition = createTask(stack, { stage, shared, app, environment });
  const group = createGroup(stack, props, environment);
  const service = new FargateService(stack, 'Service', {
    cluster: shared.cluster,
    serviceName: `${stage.prefix}-${app.name}`,
    taskDefinition: definition,
    securityGroups: [group],
    // No desired count: a deployment would set back what autoscaling has found out.
    // New tasks are ready before old ones go; a version that does not come up is taken back by itself.
    ...{ minHealthyPercent: 100, maxHealthyPercent: 200, circuitBreaker: { rollback: true } },
    healthCheckGracePeriod: Duration.seconds(60),
    ...{ enableExecuteCommand: false, enableECSManagedTags: true },
  });
  const tables = app.tables.map((table) => createTable(stack, stage, table));
  permit(definition.taskRole, app.name, messaging, tables);
  const queues = messaging.queues.filter(({ service: owner }) => owner === app.name);
  const targets = openDoors(stack, { stage, shared, app, service });
  scale(stack, app, service, queues);
  const watched = { stage, app, service, targets, queues };
  createAlarms(stack, shared.alarms, watched);
  createDashboard(stack, watched);
  return stack;
}

/**
 * The migrations of an app, deployed and run before its new version: a stack of its own, because the app cannot come up
 * before its first migration has run, and its stack would be waiting for that.
 */
export function createMigrationStack(cdk: App, props: AppStackProps): Stack {
  const { stage, shared, app } = props;
  const stack = new Stack(cdk, `${stage.prefix}-${app.name}-migrations`, {
    env: { region: stage.region },
    description: `Atlas ${stage.name}: migrations of ${app.name}`,
  });
  const definition = createMigrationTask(stack, { stage, shared, app, environment: environmentIn(stack, props) });
  const group = new SecurityGroup(stack, 'Group', { vpc: shared.vpc, description: `Migrations of ${app.name}` });
  openWays(stack, group, [[shared.groups.postgres, 5432, 'postgres']]);
  new CfnOutput(stack, 'Task', { value: definition.taskDefinitionArn });
  new CfnOutput(stack, 'Subnets', { value: shared.vpc.privateSubnets.map(({ subnetId }) => subnetId).join(',') });
  new CfnOutput(stack, 'GroupId', { value: group.securityGroupId });
  return stack;
}

function environmentIn(stack: Stack, { stage, shared, app, apps }: AppStackProps): AppEnvironment {
  const { loadBalancerDnsName } = shared.balancers.inside;
  const urlOf = (name: Service): string => `http://${loadBalancerDnsName}:${settingsOf(name).port}`;
  return environmentOf(app, { stage, accountId: stack.account, urlOf, apps });
}

/** Tasks may go out (AWS, mail, webhooks, Stripe); in comes only who the balancers bring. */
function createGroup(stack: Stack, { shared, app, apps }: AppStackProps, environment: AppEnvironment): SecurityGroup {
  const group = new SecurityGroup(stack, 'Group', { vpc: shared.vpc, description: `Tasks of ${app.name}` });
  const { postgres, redis, inside } = shared.groups;
  const peers = apps.filter((name) => `${name.toUpperCase()}_URL` in environment.plain);
  const readsKeys = 'IDENTITY_JWKS_URL' in environment.plain ? (['gateway'] as const) : [];
  openWays(stack, group, [
    ...(environment.usesPostgres ? ([[postgres, 5432, 'postgres']] as const) : []),
    ...(environment.usesRedis ? ([[redis, 6379, 'redis']] as const) : []),
    ...[...peers, ...readsKeys].map((name) => [inside, settingsOf(name).port, name] as const),
  ]);
  return group;
}
