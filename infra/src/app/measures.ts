import type { Service } from '@atlas/event-contracts';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type ApplicationTargetGroup, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { period } from '../alarms/alarm.ts';
import type { Stage } from '../stages.ts';
import { type gauges, metricsNamespace } from './collector.ts';

/** A gauge of an app's `/metrics`, the highest of its tasks. */
export function gauge(
  stage: Stage,
  service: Service,
  metricName: (typeof gauges)[keyof typeof gauges],
  statistic = 'Maximum',
) {
  const dimensionsMap = { service, stage: stage.name };
  return new Metric({ namespace: metricsNamespace, metricName, dimensionsMap, statistic, period });
}

/** Answers of 5xx by the app's tasks, at all its doors. */
export function serverErrors(targets: readonly ApplicationTargetGroup[]): IMetric {
  const usingMetrics = Object.fromEntries(
    targets.map((group, index) => [
      `e${index}`,
      group.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { period, statistic: 'Sum' }),
    ]),
  );
  const expression = Object.keys(usingMetrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(' + ');
  return new MathExpression({ expression, usingMetrics, period, label: '5xx' });
}

/** Seconds that the slowest 1 % of answers takes, at one door. */
export function slowest(group: ApplicationTargetGroup): Metric {
  return group.metrics.targetResponseTime({ period, statistic: 'p99' });
}
