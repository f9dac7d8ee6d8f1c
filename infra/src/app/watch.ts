import { type Stack } from 'aws-cdk-lib';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { Dashboard, GraphWidget, type IMetric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { createAlarm, period } from '../alarms/alarm.ts';
import type { AlarmName } from '../alarms/catalogue.ts';
import type { DescribedApp } from '../described-apps.ts';
import type { ServiceQueue } from '../messaging/messaging-stack.ts';
import { publishedDomains } from '../published-domains.ts';
import type { Stage } from '../stages.ts';
import { gauges } from './collector.ts';
import { gauge, serverErrors, slowest } from './measures.ts';

export interface Watched {
  readonly stage: Stage;
  readonly app: DescribedApp;
  readonly service: FargateService;
  readonly targets: readonly ApplicationTargetGroup[];
  readonly queues: readonly ServiceQueue[];
}

/** The alarms of one app. Those of its queues are made with the queues. */
export function createAlarms(stack: Stack, topic: ITopic, { stage, app, targets }: Watched): void {
  const alarm = (kind: AlarmName, metric: IMetric) =>
    createAlarm(stack, topic, { name: `${stage.prefix}-${app.name}-${kind}`, kind, metric });
  alarm('5xx', serverErrors(targets));
  alarm('p99', slowest(targets.at(-1)!));
  if (publishedDomains(app.name).length > 0) {
    alarm('outbox-age', gauge(stage, app.name, gauges.outboxOldest));
    alarm('outbox-parked', gauge(stage, app.name, gauges.outboxParked));
  }
  if (app.name === 'reporting') {
    // A histogram there: its average, because CloudWatch gets count and sum of it.
    alarm('projection-lag', gauge(stage, app.name, gauges.projectionLag, 'Average'));
  }
  if (app.name === 'billing') {
    alarm('charges-unresolved', gauge(stage, app.name, gauges.chargesUnresolved));
    alarm('reversals-parked', gauge(stage, app.name, gauges.reversalsParked));
  }
}

/** One page per app: what it answers, what waits for it, what it needs. */
export function createDashboard(stack: Stack, { stage, app, service, targets, queues }: Watched): void {
  const graph = (title: string, left: GraphWidget['props']['left']) =>
    new GraphWidget({ title, left, width: 8, height: 6 });
  const answers = [
    graph(
      'Requests a minute',
      targets.map((group) => group.metrics.requestCount({ period, statistic: 'Sum' })),
    ),
    graph('Answers of 5xx a minute', [serverErrors(targets)]),
    graph('Slowest 1 %, seconds', targets.map(slowest)),
  ];
  const waiting = [
    graph(
      'Messages that wait',
      queues.map(({ queue }) => queue.metricApproximateNumberOfMessagesVisible({ period })),
    ),
    graph(
      'Oldest message, seconds',
      queues.map(({ queue }) => queue.metricApproximateAgeOfOldestMessage({ period })),
    ),
    graph(
      'Dead letters',
      queues.map(({ deadLetters }) => deadLetters.metricApproximateNumberOfMessagesVisible({ period })),
    ),
  ];
  const lag = app.name === 'reporting' ? [gauge(stage, app.name, gauges.projectionLag, 'Average')] : [];
  const outbox = publishedDomains(app.name).length > 0 ? [gauge(stage, app.name, gauges.outboxOldest)] : [];
  new Dashboard(stack, 'Dashboard', {
    dashboardName: `${stage.prefix}-${app.name}`,
    widgets: [
      [new TextWidget({ markdown: `# ${app.name} (${stage.name})`, width: 24, height: 1 })],
      answers,
      ...(queues.length > 0 ? [waiting] : []),
      [
        graph('CPU, %', [service.metricCpuUtilization({ period })]),
        graph('Memory, %', [service.metricMemoryUtilization({ period })]),
        ...(lag.length + outbox.length > 0 ? [graph('Behind, seconds', [...lag, ...outbox])] : []),
      ],
    ],
  });
}
