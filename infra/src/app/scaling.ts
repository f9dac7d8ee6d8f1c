import { Duration, type Stack } from 'aws-cdk-lib';
import { CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { settingsOf } from '../apps.ts';
import type { DescribedApp } from '../described-apps.ts';
import type { ServiceQueue } from '../messaging/messaging-stack.ts';

const fewestTasks = 2;
const mostTasks = 12;
const cpuPercent = 60;

/**
 * Between 2 and 12 tasks: as many as keep the CPU at 60 % and, for a consumer, as many as keep the messages that wait per
 * task below its `backlogPerTask`. A queue's depth alone would say the same for 2 tasks as for 12.
 */
export function scale(stack: Stack, app: DescribedApp, service: FargateService, queues: readonly ServiceQueue[]): void {
  const tasks = service.autoScaleTaskCount({ minCapacity: fewestTasks, maxCapacity: mostTasks });
  tasks.scaleOnCpuUtilization('Cpu', {
    targetUtilizationPercent: cpuPercent,
    scaleOutCooldown: Duration.seconds(30),
    scaleInCooldown: Duration.minutes(5),
  });
  if (queues.length === 0) return;
  const waiting = queues.map(({ queue }, index) => ({
    id: `q${index}`,
    returnData: false,
    metricStat: {
      stat: 'Average',
      metric: {
        ...{ namespace: 'AWS/SQS', metricName: 'ApproximateNumberOfMessagesVisible' },
        dimensions: [{ name: 'QueueName', value: queue.queueName }],
      },
    },
  }));
  const policy = new CfnScalingPolicy(stack, 'Backlog', {
    policyName: `${stack.stackName}-backlog`,
    policyType: 'TargetTrackingScaling',
    resourceId: `service/${service.cluster.clusterName}/${service.serviceName}`,
    ...{ scalableDimension: 'ecs:service:DesiredCount', serviceNamespace: 'ecs' },
    targetTrackingScalingPolicyConfiguration: {
      targetValue: settingsOf(app.name).backlogPerTask,
      ...{ scaleOutCooldown: 30, scaleInCooldown: 300 },
      customizedMetricSpecification: {
        metrics: [
          ...waiting,
          {
            id: 'tasks',
            returnData: false,
            metricStat: {
              stat: 'Average',
              metric: {
                ...{ namespace: 'ECS/ContainerInsights', metricName: 'RunningTaskCount' },
                dimensions: [
                  { name: 'ClusterName', value: service.cluster.clusterName },
                  { name: 'ServiceName', value: service.serviceName },
                ],
              },
            },
          },
          {
            ...{ id: 'backlog', label: 'Messages that wait per task', returnData: true },
            expression: `(${waiting.map(({ id }) => id).join(' + ')}) / tasks`,
          },
        ],
      },
    },
  });
  policy.node.addDependency(tasks);
}
