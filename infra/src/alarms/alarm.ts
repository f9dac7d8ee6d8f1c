import { Duration, type Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { repositoryUrl } from '../repository.ts';
import { alarmKinds, type AlarmName } from './catalogue.ts';

export interface AlarmSettings {
  readonly name: string;
  readonly kind: AlarmName;
  readonly metric: IMetric;
}

/** The step of every metric: one minute. */
export const period = Duration.minutes(1);

/** An alarm that says what is wrong, where its runbook is, and tells the alarms topic when it begins and ends. */
export function createAlarm(stack: Stack, topic: ITopic, settings: AlarmSettings): Alarm {
  const { name, kind, metric } = settings;
  const { says, runbook, above, minutes } = alarmKinds[kind];
  const alarm = new Alarm(stack, `Alarm-${name}`, {
    alarmName: name,
    alarmDescription: `${says}\nRunbook: ${repositoryUrl(stack)}/blob/main/docs/runbooks/${runbook}.md`,
    ...{ metric, threshold: above, evaluationPeriods: minutes, datapointsToAlarm: minutes },
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    // No message in a queue, no request: no data, and nothing wrong.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  return alarm;
}
