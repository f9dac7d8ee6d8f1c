import { type Stack } from 'aws-cdk-lib';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { Dashboard, GraphWidget, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { createAlarm, period } from '../alarms/alarm.ts';
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
  const alarm = (name: string, settings: Omit<Parameters<typeof createAlarm>[2], 'name'>) =>
    createAlarm(stack, topic, { ...settings, name: `${stage.prefix}-${app.name}-${name}` });
  alarm('5xx', {
    ...{ says: 'More than 5 answers a minute are 5xx.', runbook: 'server-errors' },
    ...{ metric: serverErrors(targets), above: 5, minutes: 3 },
  });
  alarm('p99', {
    ...{ says: 'The slowest 1 % of answers takes longer than a second.', runbook: 'slow-answers' },
    ...{ metric: slowest(targets.at(-1)!), above: 1, minutes: 5 },
  });
  if (publishedDomains(app.name).length > 0) {
    alarm('outbox-age', {
      ...{ says: 'A fact has been committed and not published for more than a minute.', runbook: 'outbox-age' },
      ...{ metric: gauge(stage, app.name, gauges.outboxOldest), above: 60, minutes: 3 },
    });
    alarm('outbox-parked', {
      ...{ says: 'Events were set aside because SNS keeps refusing them.', runbook: 'outbox-age' },
      ...{ metric: gauge(stage, app.name, gauges.outboxParked), above: 0, minutes: 1 },
    });
  }
  if (app.name === 'reporting') {
    alarm('projection-lag', {
      ...{ says: 'Reports are more than 5 s behind what has happened.', runbook: 'projection-lag' },
      // A histogram there: its average, because CloudWatch gets count and sum of it.
      ...{ metric: gauge(stage, app.name, gauges.projectionLag, 'Average'), above: 5, minutes: 5 },
    });
  }
  if (app.name === 'billing') {
    alarm('charges-unresolved', {
      ...{ says: 'Money was taken and nobody has said what became of the plan.', runbook: 'charge-unresolved' },
      ...{ metric: gauge(stage, app.name, gauges.chargesUnresolved), above: 0, minutes: 3 },
    });
    alarm('reversals-parked', {
      ...{ says: 'Money is owed to a customer and a person has to decide.', runbook: 'reversal-parked' },
      ...{ metric: gauge(stage, app.name, gauges.reversalsParked), above: 0, minutes: 3 },
    });
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
