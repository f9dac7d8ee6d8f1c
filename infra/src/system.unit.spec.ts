import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deadLetterQueueName, queueName, queuesOf, type Service, topicName } from '@atlas/event-contracts';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type Resource, synthesize, type SynthesizedStack } from '../test/synthesized.ts';
import { acknowledge } from './acknowledge.ts';
import { settingsOf } from './apps.ts';
import { describedApps } from './described-apps.ts';
import { publishedDomains } from './published-domains.ts';
import { stages } from './stages.ts';

const apps = describedApps();
const names = apps.map(({ name }) => name);
const queues = names.flatMap((service) => queuesOf(service).map((queue) => ({ service, ...queue })));
// Once for all: it takes as long as `npx nx run infra:synth`. It throws when cdk-nag finds something in any stage.
const system = synthesize(stages);
const prod = 'atlas';
const messaging = system.stack('atlas-messaging');
const byName = (stack: SynthesizedStack, type: string, property: string, name: string) =>
  stack.of(type).find(({ Properties }) => Properties[property] === name)!;
const queue = (name: string) => byName(messaging, 'AWS::SQS::Queue', 'QueueName', name);

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const statements = ({ Properties }: Resource): Statement[] => Properties.PolicyDocument.Statement as Statement[];

test('each stage has a shared stack, one for messaging, and one per app; none of an app needs another app', () => {
  for (const { prefix } of stages) {
    for (const name of ['shared', 'messaging', ...names]) expect(system.stack(`${prefix}-${name}`)).toBeDefined();
    for (const name of names) {
      const needs = system.stack(`${prefix}-${name}`).needs;
      expect([...needs].sort()).toEqual([`${prefix}-messaging`, `${prefix}-shared`]);
    }
    expect(system.stack(`${prefix}-shared`).needs).toEqual([]);
    // Deployed and run before the gateway, which does not come up without its schema.
    expect(system.stack(`${prefix}-gateway-migrations`).needs).toEqual([`${prefix}-shared`]);
  }
  for (const { name, templateUrl } of system.stacks)
    expect(templateUrl).toMatch(new RegExp(`/${name}/[0-9a-f]{64}\\.json$`));
  // Shared, messaging, pipeline and the gateway's migrations besides; and one for the whole account.
  expect(system.stacks).toHaveLength(stages.length * (4 + names.length) + 1);
});

describe('messaging is the topology', () => {
  test('every subscription of the topology exists, raw and filtered by its keys, and no other', () => {
    const found = messaging.of('AWS::SNS::Subscription').map(({ Properties }) => ({
      topic: system.target(messaging.name, Properties.TopicArn)!.Properties.TopicName as string,
      queue: system.target(messaging.name, Properties.Endpoint)!.Properties.QueueName as string,
      keys: Properties.FilterPolicy.EventKey as string[],
      raw: Properties.RawMessageDelivery as boolean,
    }));
    const wanted = queues.map(({ service, domain, eventKeys }) => ({
      topic: topicName(prod, domain),
      queue: queueName(prod, service, domain),
      keys: eventKeys,
      raw: true,
    }));
    const sorted = (all: typeof found) => all.sort((a, b) => a.queue.localeCompare(b.queue));
    expect(sorted(found)).toEqual(sorted(wanted));
    expect(wanted.length).toBeGreaterThan(5);
  });

  test.each(queues)(
    'queue of $service for $domain: dead letters for 14 days after 10 receives',
    ({ service, domain }) => {
      const { Properties } = queue(queueName(prod, service, domain));
      const deadLetters = queue(deadLetterQueueName(prod, service, domain));
      expect(Properties.RedrivePolicy.maxReceiveCount).toBe(10);
      expect(system.target(messaging.name, Properties.RedrivePolicy.deadLetterTargetArn)).toBe(deadLetters);
      expect(deadLetters.Properties.MessageRetentionPeriod).toBe(14 * 24 * 60 * 60);
      expect(Properties.VisibilityTimeout).toBe(30);
    },
  );

  test('only its topic may send to a queue, everything is encrypted, and nothing goes without TLS', () => {
    for (const type of ['AWS::SQS::Queue', 'AWS::SNS::Topic']) {
      for (const { Properties } of messaging.of(type)) expect(Properties.KmsMasterKeyId).toBeDefined();
    }
    for (const { service, domain } of queues) {
      const named = queue(queueName(prod, service, domain));
      const policy = messaging
        .of('AWS::SQS::QueuePolicy')
        .find(({ Properties }) => system.target(messaging.name, Properties.Queues[0]) === named)!;
      const send = statements(policy).filter(
        ({ Effect, Action }) => Effect === 'Allow' && Action === 'sqs:SendMessage',
      );
      expect(send).toHaveLength(1);
      const from = system.target(messaging.name, send[0]!.Condition!['ArnEquals']!['aws:SourceArn'])!;
      expect(from.Properties.TopicName).toBe(topicName(prod, domain));
    }
    const closed = [...messaging.of('AWS::SQS::QueuePolicy'), ...messaging.of('AWS::SNS::TopicPolicy')];
    const tlsOnly = ({ Effect, Condition }: Statement) =>
      Effect === 'Deny' && Condition?.['Bool']?.['aws:SecureTransport'] === 'false';
    for (const policy of closed) expect(statements(policy).some(tlsOnly)).toBe(true);
    expect(closed).toHaveLength(messaging.of('AWS::SQS::Queue').length + messaging.of('AWS::SNS::Topic').length);
  });

  test('every dead-letter queue wakes somebody with its first message, every queue when it is not drained', () => {
    for (const { service, domain } of queues) {
      const alarms = messaging.of('AWS::CloudWatch::Alarm');
      const watching = (name: string, metric: string) =>
        alarms.filter(
          ({ Properties: { MetricName, Dimensions } }) =>
            MetricName === metric && system.target(messaging.name, Dimensions[0].Value.valueOf()) === queue(name),
        );
      const [depth] = watching(deadLetterQueueName(prod, service, domain), 'ApproximateNumberOfMessagesVisible');
      expect(depth!.Properties).toMatchObject({ Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' });
      expect(watching(queueName(prod, service, domain), 'ApproximateAgeOfOldestMessage')).toHaveLength(1);
    }
  });
});

describe('permissions', () => {
  test('no role may do everything, or something everywhere', () => {
    // It knows no resources (Service Authorization Reference, Amazon ECR): without it no image can be pulled.
    const needsEverywhere = ['ecr:GetAuthorizationToken'];
    // Who deploys has a spec of its own (pipeline/): what it deploys has ids that nobody knows before.
    const running = system.stacks.filter(({ name }) => !name.endsWith('-pipeline'));
    const policies = running.flatMap((stack) => [
      ...stack.of('AWS::IAM::Policy'),
      ...stack.of('AWS::IAM::ManagedPolicy'),
    ]);
    for (const { Action, Resource: resource } of policies.flatMap(statements)) {
      const actions = list(Action);
      if (list(resource).includes('*')) expect(actions).toEqual(needsEverywhere);
      else expect(JSON.stringify(resource)).not.toMatch(/\*/);
      expect(actions.join()).not.toMatch(/\*/);
    }
    const roles = system.stacks.flatMap((stack) => stack.of('AWS::IAM::Role'));
    for (const { Properties } of roles) {
      expect(Properties.ManagedPolicyArns ?? []).toEqual([]);
      expect(Properties.Policies ?? []).toEqual([]);
    }
    expect(policies.length).toBeGreaterThan(names.length);
  });

  test.each(apps)('$name uses exactly its own queues, topics and tables', ({ name, tables }) => {
    const stack = system.stack(`${prod}-${name}`);
    const used = (service: string): string[] => {
      const all = stack.of('AWS::IAM::Policy').flatMap(statements);
      const those = all.filter(({ Action }) => list(Action)[0]!.startsWith(`${service}:`));
      const found = those
        .flatMap(({ Resource: resource }) => list(resource))
        .map((value) => system.target(stack.name, value));
      const nameOf = (properties: Record<string, string>) =>
        properties['QueueName'] ?? properties['TopicName'] ?? properties['TableName'];
      return [...new Set(found.flatMap((resource) => (resource ? [nameOf(resource.Properties)!] : [])))].sort();
    };
    const own = queuesOf(name).flatMap(({ domain }) => [
      queueName(prod, name, domain),
      deadLetterQueueName(prod, name, domain),
    ]);
    expect(used('sqs')).toEqual(own.sort());
    expect(used('sns')).toEqual(
      publishedDomains(name)
        .map((domain) => topicName(prod, domain))
        .sort(),
    );
    expect(used('dynamodb')).toEqual(tables.map((table) => `${prod}-${table.name}`).sort());
  });
});

describe.each(apps)('$name', ({ name, tables, environment }) => {
  const stack = system.stack(`${prod}-${name}`);
  const consumes = queuesOf(name).length > 0;

  test('runs on ARM, not as root of a file system it could change, between 2 and 12 times', () => {
    const template = Template.fromJSON({
      Resources: Object.fromEntries(stack.resources.map(({ id, ...rest }) => [id, rest])),
    });
    for (const { Properties } of stack.of('AWS::ECS::TaskDefinition')) {
      expect(Properties.RuntimePlatform.CpuArchitecture).toBe('ARM64');
      for (const container of Properties.ContainerDefinitions) {
        expect(container).toMatchObject({
          ReadonlyRootFilesystem: true,
          LinuxParameters: { InitProcessEnabled: true },
        });
      }
    }
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2, MaxCapacity: 12 });
    template.hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: {
        ...{ MinimumHealthyPercent: 100, DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
      },
    });
    // A deployment must not set back what autoscaling has found out.
    expect(stack.of('AWS::ECS::Service')[0]!.Properties.DesiredCount).toBeUndefined();
  });

  test('has as many tasks as keep the CPU calm and, for a consumer, few messages waiting for each of them', () => {
    const policies = stack
      .of('AWS::ApplicationAutoScaling::ScalingPolicy')
      .map(({ Properties }) => Properties.TargetTrackingScalingPolicyConfiguration);
    const cpu = policies.filter(({ PredefinedMetricSpecification: predefined }) => predefined !== undefined);
    expect(cpu.map((policy) => policy.PredefinedMetricSpecification.PredefinedMetricType)).toEqual([
      'ECSServiceAverageCPUUtilization',
    ]);
    const [byBacklog, ...others] = policies.filter((policy) => policy.CustomizedMetricSpecification !== undefined);
    expect([byBacklog !== undefined, others]).toEqual([consumes, []]);
    if (byBacklog === undefined) return;
    const metrics = byBacklog.CustomizedMetricSpecification.Metrics as {
      Id: string;
      Expression?: string;
      MetricStat?: { Metric: { MetricName: string; Dimensions: { Name: string; Value: unknown }[] } };
    }[];
    const waiting = metrics.filter(
      ({ MetricStat }) => MetricStat?.Metric.MetricName === 'ApproximateNumberOfMessagesVisible',
    );
    const watched = waiting.map(({ MetricStat }) => {
      const queueOf = system.target(stack.name, MetricStat!.Metric.Dimensions[0]!.Value);
      return queueOf?.Properties.QueueName as string;
    });
    expect(watched.sort()).toEqual(
      queuesOf(name)
        .map(({ domain }) => queueName(prod, name, domain))
        .sort(),
    );
    const tasks = metrics.find(({ MetricStat }) => MetricStat?.Metric.MetricName === 'RunningTaskCount')!;
    expect(metrics.find(({ Expression }) => Expression !== undefined)!.Expression).toBe(
      `(${waiting.map(({ Id }) => Id).join(' + ')}) / ${tasks.Id}`,
    );
    expect(byBacklog.TargetValue).toBe(settingsOf(name).backlogPerTask);
  });

  test('gets every variable that it needs, and what is secret only from Secrets Manager', () => {
    const task = stack.of('AWS::ECS::TaskDefinition').find(({ id }) => id.startsWith('Task'))!;
    const [container] = task.Properties.ContainerDefinitions as {
      Environment: { Name: string }[];
      Secrets?: { Name: string; ValueFrom: unknown }[];
    }[];
    const plain = container!.Environment.map(({ Name }) => Name);
    const secret = (container!.Secrets ?? []).map(({ Name }) => Name);
    const required = environment.filter((variable) => variable.required).map((variable) => variable.name);
    expect([...plain, ...secret]).toEqual(expect.arrayContaining(required));
    const hidden = environment.filter((variable) => variable.secret).map((variable) => variable.name);
    expect(plain.filter((each) => hidden.includes(each))).toEqual([]);
  });

  test('keeps its tables: paid per request, recoverable to any second, expiring where it says so', () => {
    const found = stack.of('AWS::DynamoDB::Table');
    expect(found.map(({ Properties }) => Properties.TableName as string).sort()).toEqual(
      tables.map((table) => `${prod}-${table.name}`).sort(),
    );
    for (const { Properties, DeletionPolicy } of found) {
      const table = tables.find((each) => `${prod}-${each.name}` === Properties.TableName)!;
      expect(Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        ...(table.ttlAttribute && { TimeToLiveSpecification: { AttributeName: table.ttlAttribute, Enabled: true } }),
      });
      expect(DeletionPolicy).toBe('Retain');
    }
  });

  test('has its dashboard, and alarms for 5xx, slow answers and an outbox that is not drained', () => {
    expect(stack.of('AWS::CloudWatch::Dashboard')).toHaveLength(1);
    const alarms = stack.of('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties.AlarmName as string);
    const wanted = ['5xx', 'p99', ...(publishedDomains(name).length > 0 ? ['outbox-age'] : [])];
    expect(alarms).toEqual(expect.arrayContaining(wanted.map((each) => `${prod}-${name}-${each}`)));
    if ((name as Service) === 'reporting') expect(alarms).toContain('atlas-reporting-projection-lag');
  });
});

test('every alarm tells the alarms topic when it begins and ends, and names a runbook that exists', () => {
  const alarms = system.stacks.flatMap((stack) =>
    stack.of('AWS::CloudWatch::Alarm').map((alarm) => ({ stack, alarm })),
  );
  for (const { stack, alarm } of alarms) {
    const { AlarmDescription, AlarmActions, OKActions } = alarm.Properties;
    const runbook = /\/(docs\/runbooks\/[\w-]+\.md)$/.exec(AlarmDescription as string)?.[1];
    const file = join(import.meta.dirname, '..', '..', runbook ?? 'missing');
    if (!existsSync(file)) throw new Error(`${alarm.Properties.AlarmName}: ${runbook} does not exist`);
    expect(readFileSync(file, 'utf8')).toMatch(/\*\*Symptom/);
    for (const action of [...AlarmActions, ...OKActions]) {
      expect(system.target(stack.name, action)?.Properties.TopicName).toMatch(/-alarms$/);
    }
  }
  expect(alarms.length).toBeGreaterThan(queues.length * 2);
});

test('nothing that may not be lost goes with its stack in prod', () => {
  for (const { DeletionPolicy } of messaging.of('AWS::SQS::Queue')) expect(DeletionPolicy).toBe('RetainExceptOnCreate');
  const shared = system.stack('atlas-shared');
  const [database] = shared.of('AWS::RDS::DBInstance');
  expect(database).toMatchObject({ DeletionPolicy: 'Retain', Properties: { DeletionProtection: true, MultiAZ: true } });
  const [cache] = shared.of('AWS::ElastiCache::ReplicationGroup');
  expect(cache!.Properties).toMatchObject({ MultiAZEnabled: true, TransitEncryptionEnabled: true });
  const [parameters] = shared.of('AWS::ElastiCache::ParameterGroup');
  expect(parameters!.Properties.Properties).toEqual({ 'maxmemory-policy': 'noeviction' });
});

/** Synthesizes a queue that anybody may use without TLS, and without a dead-letter queue, checked as the system is. */
function synthesizeBadQueue(change: (queue: Queue) => void = () => {}): void {
  const outdir = mkdtempSync(join(tmpdir(), 'atlas-nag-'));
  const silent = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const app = new App({ outdir, analyticsReporting: false });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    change(new Queue(new Stack(app, 'bad'), 'Queue'));
    app.synth();
  } finally {
    silent.mockRestore();
    rmSync(outdir, { recursive: true, force: true });
  }
}

test('a finding of cdk-nag ends the synthesis', () => {
  expect(() => synthesizeBadQueue()).toThrow(/AwsSolutions-SQS3[\s\S]*AwsSolutions-SQS4/);
});

test('a finding with a reason does not, and a reason that explains nothing is refused', () => {
  const reason = 'A test of this rule alone, which never reaches an account.';
  const all = (queue: Queue) =>
    ['AwsSolutions-SQS3', 'AwsSolutions-SQS4'].forEach((rule) => acknowledge(queue, rule, reason));
  expect(() => synthesizeBadQueue(all)).not.toThrow();
  expect(() => synthesizeBadQueue((queue) => acknowledge(queue, 'AwsSolutions-SQS3', 'not needed'))).toThrow(/reason/);
});
