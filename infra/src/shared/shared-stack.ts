import { type App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Repository, TagMutability } from 'aws-cdk-lib/aws-ecr';
import { Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Service } from '@atlas/event-contracts';
import { acknowledge } from '../acknowledge.ts';
import { settingsOf } from '../apps.ts';
import type { Stage } from '../stages.ts';
import { createPostgres, createRedis } from './data.ts';
import { createClosedGroup, createNetwork, createPublicGroup } from './network.ts';

/** What the stacks of the apps use of the shared one. */
export interface Shared {
  readonly stack: Stack;
  readonly vpc: IVpc;
  readonly cluster: Cluster;
  /** Encrypts data at rest, secrets among it. */
  readonly key: Key;
  readonly databaseUrl: Secret;
  readonly redisUrl: Secret;
  readonly groups: Readonly<Record<'postgres' | 'redis' | 'inside' | 'outside', SecurityGroup>>;
  readonly balancers: Readonly<Record<'inside' | 'outside', ApplicationLoadBalancer>>;
  readonly repositories: ReadonlyMap<Service, Repository>;
  readonly secrets: ReadonlyMap<Service, Secret>;
  /** Where every alarm goes. */
  readonly alarms: Topic;
}

/** Network, data, cluster and balancers: what changes rarely and is used by every app. */
export function createSharedStack(app: App, stage: Stage, apps: readonly Service[]): Shared {
  const stack = new Stack(app, `${stage.prefix}-shared`, {
    env: { region: stage.region },
    description: `Atlas ${stage.name}: network, PostgreSQL, Redis, cluster and balancers`,
    terminationProtection: stage.keepsData,
  });
  const key = new Key(stack, 'DataKey', { enableKeyRotation: true, description: `${stage.prefix}: data at rest` });
  // CloudWatch has to be able to write to an encrypted topic.
  key.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'));
  const vpc = createNetwork(stack, stage);
  const groups = {
    postgres: createClosedGroup(stack, 'PostgresGroup', vpc, 'PostgreSQL: only the gateway'),
    redis: createClosedGroup(stack, 'RedisGroup', vpc, 'Redis: the apps that use it'),
    inside: createClosedGroup(stack, 'InsideBalancerGroup', vpc, 'From app to app'),
    outside: createPublicGroup(stack, vpc),
  };
  const data = { stage, vpc, key };
  return {
    ...{ stack, vpc, key, groups },
    cluster: new Cluster(stack, 'Cluster', {
      ...{ vpc, clusterName: stage.prefix, containerInsightsV2: ContainerInsights.ENABLED },
    }),
    databaseUrl: createPostgres(stack, { ...data, group: groups.postgres }),
    redisUrl: createRedis(stack, { ...data, group: groups.redis }),
    balancers: createBalancers(stack, stage, vpc, groups),
    repositories: new Map(apps.map((name) => [name, createRepository(stack, stage, name)])),
    secrets: new Map(
      apps
        .filter((name) => settingsOf(name).secrets.length > 0)
        .map((name) => [name, createSecret(stack, stage, name, key)]),
    ),
    alarms: new Topic(stack, 'Alarms', { topicName: `${stage.prefix}-alarms`, masterKey: key, enforceSSL: true }),
  };
}

function createBalancers(stack: Stack, stage: Stage, vpc: IVpc, groups: Record<'inside' | 'outside', SecurityGroup>) {
  const logs = new Bucket(stack, 'AccessLogs', {
    ...{ encryption: BucketEncryption.S3_MANAGED, enforceSSL: true, blockPublicAccess: BlockPublicAccess.BLOCK_ALL },
    lifecycleRules: [{ expiration: Duration.days(stage.logDays) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  acknowledge(
    logs,
    'AwsSolutions-S1',
    'This is the bucket for access logs; a log of its own readers would log itself.',
  );
  const make = (id: string, isPublic: boolean) => {
    const balancer = new ApplicationLoadBalancer(stack, id, {
      vpc,
      internetFacing: isPublic,
      securityGroup: isPublic ? groups.outside : groups.inside,
      vpcSubnets: { subnetType: isPublic ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS },
      // Longer than the gateway keeps a connection, or an answer meets a closed one.
      idleTimeout: Duration.seconds(60),
      dropInvalidHeaderFields: true,
      deletionProtection: stage.keepsData,
    });
    balancer.logAccessLogs(logs, id.toLowerCase());
    return balancer;
  };
  return { inside: make('InsideBalancer', false), outside: make('OutsideBalancer', true) };
}

function createRepository(stack: Stack, stage: Stage, app: Service): Repository {
  return new Repository(stack, `${app}-images`, {
    repositoryName: `${stage.prefix}/${app}`,
    imageTagMutability: TagMutability.IMMUTABLE,
    imageScanOnPush: true,
    // The last ones are what a roll-back goes to.
    lifecycleRules: [{ maxImageCount: 50 }],
    removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    emptyOnDelete: !stage.keepsData,
  });
}

/** Made empty and filled by a person once (docs/delivery.md); the app's tasks do not start before. */
function createSecret(stack: Stack, stage: Stage, app: Service, key: Key): Secret {
  const secret = new Secret(stack, `${app}-secret`, {
    ...{ secretName: `${stage.prefix}/${app}`, encryptionKey: key },
    description: `To be filled with: ${settingsOf(app).secrets.join(', ')}`,
  });
  acknowledge(
    secret,
    'AwsSolutions-SMG4',
    'What other parties issue (Stripe, the mail provider) or two replicas share; docs/runbooks/rotate-secrets.md.',
  );
  return secret;
}
