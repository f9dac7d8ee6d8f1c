import { Duration, Fn, RemovalPolicy, SecretValue, type Stack } from 'aws-cdk-lib';
import { InstanceType, type IVpc, type SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { CfnParameterGroup, CfnReplicationGroup, CfnSubnetGroup } from 'aws-cdk-lib/aws-elasticache';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  CaCertificate,
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  ParameterGroup,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { acknowledge } from '../acknowledge.ts';
import type { Stage } from '../stages.ts';

interface DataProps {
  readonly stage: Stage;
  readonly vpc: IVpc;
  readonly key: IKey;
  readonly group: SecurityGroup;
}

const rotation =
  'Tasks read it when they start, so that a rotation by itself would cut them off: docs/runbooks/rotate-secrets.md changes it with a deployment.';

/** PostgreSQL, and the secret that holds the URL with which the gateway reaches it: over TLS, the certificate checked. */
export function createPostgres(stack: Stack, { stage, vpc, key, group }: DataProps): Secret {
  const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18_3 });
  const password = new Secret(stack, 'PostgresPassword', {
    encryptionKey: key,
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ username: 'atlas' }),
      ...{ generateStringKey: 'password', excludePunctuation: true, passwordLength: 48 },
    },
  });
  const database = new DatabaseInstance(stack, 'Postgres', {
    ...{ engine, vpc, databaseName: 'atlas', credentials: Credentials.fromSecret(password) },
    instanceType: new InstanceType(stage.databaseClass),
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    securityGroups: [group],
    multiAz: stage.survivesZoneLoss,
    ...{ allocatedStorage: 50, maxAllocatedStorage: 500, storageType: StorageType.GP3 },
    ...{ storageEncrypted: true, storageEncryptionKey: key, caCertificate: CaCertificate.RDS_CA_RSA2048_G1 },
    parameterGroup: new ParameterGroup(stack, 'PostgresParameters', { engine, parameters: { 'rds.force_ssl': '1' } }),
    backupRetention: Duration.days(stage.backupDays),
    deletionProtection: stage.keepsData,
    removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.SNAPSHOT,
    ...{ autoMinorVersionUpgrade: true, cloudwatchLogsExports: ['postgresql'] },
    ...{ enablePerformanceInsights: true, performanceInsightEncryptionKey: key },
  });
  acknowledge(password, 'AwsSolutions-SMG4', rotation);
  acknowledge(database, 'AwsSolutions-RDS11', 'Nobody outside the private subnets reaches it, on whichever port.');
  if (!stage.keepsData) {
    acknowledge(
      database,
      'AwsSolutions-RDS10',
      'Only prod holds what may not be lost; other stages can be taken down.',
    );
  }
  if (!stage.survivesZoneLoss) {
    acknowledge(
      database,
      'AwsSolutions-RDS3',
      'dev may be away when a zone is; a second instance would double its price.',
    );
  }
  const url = Fn.join('', [
    ...['postgres://atlas:', password.secretValueFromJson('password').unsafeUnwrap(), '@'],
    ...[database.dbInstanceEndpointAddress, ':5432/atlas?sslmode=verify-full'],
  ]);
  return urlSecret(stack, 'DatabaseUrl', key, url);
}

/** Valkey with a copy in another zone, and the secret that holds its URL. */
export function createRedis(stack: Stack, { stage, vpc, key, group }: DataProps): Secret {
  const token = new Secret(stack, 'RedisToken', {
    encryptionKey: key,
    generateSecretString: { excludePunctuation: true, passwordLength: 64 },
  });
  const { subnetIds } = vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_ISOLATED });
  const subnets = new CfnSubnetGroup(stack, 'RedisSubnets', { description: 'Redis', subnetIds });
  const parameters = new CfnParameterGroup(stack, 'RedisParameters', {
    cacheParameterGroupFamily: 'valkey8',
    description: 'An evicted mark is a second e-mail: nothing is ever evicted',
    properties: { 'maxmemory-policy': 'noeviction' },
  });
  const cache = new CfnReplicationGroup(stack, 'Redis', {
    replicationGroupDescription: `Sessions, limits, leases and marks of ${stage.prefix}`,
    ...{ engine: 'valkey', engineVersion: '8.1', cacheNodeType: stage.cacheClass },
    numCacheClusters: stage.survivesZoneLoss ? 2 : 1,
    ...{ multiAzEnabled: stage.survivesZoneLoss, automaticFailoverEnabled: stage.survivesZoneLoss },
    cacheSubnetGroupName: subnets.ref,
    cacheParameterGroupName: parameters.ref,
    securityGroupIds: [group.securityGroupId],
    ...{ atRestEncryptionEnabled: true, kmsKeyId: key.keyArn, transitEncryptionEnabled: true },
    authToken: token.secretValue.unsafeUnwrap(),
    snapshotRetentionLimit: stage.backupDays,
  });
  cache.applyRemovalPolicy(RemovalPolicy.SNAPSHOT);
  acknowledge(token, 'AwsSolutions-SMG4', rotation);
  acknowledge(cache, 'AwsSolutions-AEC5', 'Nobody outside the private subnets reaches it, on whichever port.');
  if (!stage.survivesZoneLoss) {
    acknowledge(cache, 'AwsSolutions-AEC4', 'dev may be away when a zone is; a second node would double its price.');
  }
  const url = Fn.join('', ['rediss://:', token.secretValue.unsafeUnwrap(), '@', cache.attrPrimaryEndPointAddress]);
  return urlSecret(stack, 'RedisUrl', key, Fn.join('', [url, ':6379/0']));
}

/** CloudFormation puts the password in when it makes the secret; no template and no task definition ever holds it. */
function urlSecret(stack: Stack, id: string, key: IKey, url: string): Secret {
  const secret = new Secret(stack, id, { encryptionKey: key, secretStringValue: SecretValue.unsafePlainText(url) });
  acknowledge(secret, 'AwsSolutions-SMG4', rotation);
  return secret;
}
