import { CfnParameter, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import {
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
  Secret,
} from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret as StoredSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { acknowledge } from '../acknowledge.ts';
import { settingsOf } from '../apps.ts';
import type { DescribedApp } from '../described-apps.ts';
import type { Shared } from '../shared/shared-stack.ts';
import type { Stage } from '../stages.ts';
import { collectorConfig } from './collector.ts';
import type { AppEnvironment } from './environment.ts';

export interface TaskProps {
  readonly stage: Stage;
  readonly shared: Shared;
  readonly app: DescribedApp;
  readonly environment: AppEnvironment;
}

/** Its digest is written here by .github/workflows/images.yml, which can ask the registry. */
const collectorImage = 'public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3';

const plainEnvironment =
  'Nothing secret is in it: environmentOf refuses a variable that its schema marks as secret, and takes those from Secrets Manager.';

const tokenOfRegistry =
  'Only for ecr:GetAuthorizationToken, which knows no resources (Service Authorization Reference, ECR); a test allows nothing else.';

/** The task of an app: its image in the version of the parameter `ImageTag`, not root, on a file system it cannot write. */
export function createTask(stack: Stack, props: TaskProps): FargateTaskDefinition {
  const { stage, app } = props;
  const image = imageOf(stack, props);
  const logs = createLogs(stack, 'Logs', `/atlas/${stage.name}/${app.name}`, stage);
  const definition = createDefinition(stack, 'Task', props);
  const secrets = secretsOf(stack, props);
  addApp(stack, definition, props, { image, logGroup: logs, secrets });
  addCollector(stack, definition, props, logs);
  return definition;
}

/** A task that runs the migrations of an app, with its image, and ends. Everything else is as in `createTask`. */
export function createMigrationTask(stack: Stack, props: TaskProps): FargateTaskDefinition {
  const { stage, app, environment } = props;
  const logGroup = createLogs(stack, 'Logs', `/atlas/${stage.name}/${app.name}/migrations`, stage);
  const definition = createDefinition(stack, 'Migration', props);
  const { DATABASE_URL } = secretsOf(stack, { ...props, environment: { ...environment, ownSecrets: [] } });
  definition.addContainer('migrate', {
    ...{ image: imageOf(stack, props), command: ['migrate.mjs'], ...hardened(stack, 'Process') },
    environment: { NODE_ENV: String(environment.plain['NODE_ENV']) },
    secrets: { DATABASE_URL: DATABASE_URL! },
    logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'migration' }),
  });
  return definition;
}

function imageOf(stack: Stack, { shared, app }: TaskProps): ContainerImage {
  const tag = new CfnParameter(stack, 'ImageTag', {
    description: 'The image to run: the commit it was built from. A roll-back names an earlier one.',
    allowedPattern: '^[0-9a-f]{7,64}$',
  });
  return ContainerImage.fromEcrRepository(shared.repositories.get(app.name)!, tag.valueAsString);
}

function createLogs(stack: Stack, id: string, logGroupName: string, stage: Stage): LogGroup {
  return new LogGroup(stack, id, { logGroupName, retention: stage.logDays, removalPolicy: RemovalPolicy.DESTROY });
}

function createDefinition(stack: Stack, id: string, { stage, app, shared }: TaskProps): FargateTaskDefinition {
  const { cpu, memoryMiB } = settingsOf(app.name);
  const definition = new FargateTaskDefinition(stack, id, {
    family: `${stage.prefix}-${app.name}${id === 'Task' ? '' : `-${id.toLowerCase()}`}`,
    ...{ cpu, memoryLimitMiB: memoryMiB },
    runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
  });
  // What is secret is encrypted with the shared key, whose own policy must not name the roles of single apps.
  const keyArn = shared.key.keyArn;
  definition.addToExecutionRolePolicy(
    new PolicyStatement({ sid: 'ReadSecrets', actions: ['kms:Decrypt'], resources: [keyArn] }),
  );
  acknowledge(definition, 'AwsSolutions-ECS2', plainEnvironment);
  acknowledge(definition, 'AwsSolutions-IAM5[Resource::*]', tokenOfRegistry);
  return definition;
}

/** The secrets by the variable that they fill, as something from elsewhere: the shared stack stays as it is. */
function secretsOf(stack: Stack, { shared, app, environment }: TaskProps): Record<string, Secret> {
  const imported = (id: string, secret: ISecret) => StoredSecret.fromSecretCompleteArn(stack, id, secret.secretArn);
  const { databaseUrl, redisUrl } = shared;
  const own = environment.ownSecrets.length > 0 ? imported('OwnSecret', shared.secrets.get(app.name)!) : undefined;
  return {
    ...(environment.usesPostgres && { DATABASE_URL: Secret.fromSecretsManager(imported('DatabaseUrl', databaseUrl)) }),
    ...(environment.usesRedis && { REDIS_URL: Secret.fromSecretsManager(imported('RedisUrl', redisUrl)) }),
    ...Object.fromEntries(environment.ownSecrets.map((name) => [name, Secret.fromSecretsManager(own!, name)])),
  };
}

// Without an init process, Node is process 1: it does not reap, and default signal handling does not apply to it.
const hardened = (stack: Stack, id: string) => ({
  readonlyRootFilesystem: true,
  linuxParameters: new LinuxParameters(stack, id, { initProcessEnabled: true }),
});

interface Contents {
  readonly image: ContainerImage;
  readonly logGroup: LogGroup;
  readonly secrets: Record<string, Secret>;
}

function addApp(
  stack: Stack,
  definition: FargateTaskDefinition,
  props: TaskProps,
  { image, logGroup, secrets }: Contents,
): void {
  const { port } = settingsOf(props.app.name);
  definition.addContainer('app', {
    ...{ image, essential: true, environment: props.environment.plain, secrets },
    ...hardened(stack, 'AppProcess'),
    portMappings: [{ containerPort: port, name: 'http' }],
    logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'app' }),
    healthCheck: {
      command: ['CMD', 'node', 'healthcheck.mjs'],
      ...{
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(30),
      },
    },
    // The process gives itself 25 s to finish what is in hand.
    stopTimeout: Duration.seconds(30),
  });
}

function addCollector(
  stack: Stack,
  definition: FargateTaskDefinition,
  { stage, app }: TaskProps,
  logGroup: LogGroup,
): void {
  const metrics = createLogs(stack, 'Metrics', `/atlas/${stage.name}/${app.name}/metrics`, stage);
  metrics.grantWrite(definition.taskRole);
  const { port } = settingsOf(app.name);
  definition.addContainer('collector', {
    image: ContainerImage.fromRegistry(collectorImage),
    // A collector that dies costs measurements, not requests.
    ...{ essential: false, memoryLimitMiB: 256, ...hardened(stack, 'CollectorProcess') },
    environment: {
      AOT_CONFIG_CONTENT: collectorConfig({
        ...{ app: app.name, port, region: stage.region, stage: stage.name },
        logGroup: `/atlas/${stage.name}/${app.name}/metrics`,
      }),
    },
    logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'collector' }),
  });
}
