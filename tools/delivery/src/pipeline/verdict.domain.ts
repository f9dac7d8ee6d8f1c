/** What ECS says of a service, and CloudWatch of its alarms, after a deployment. */
export interface Observation {
  readonly rollout: 'COMPLETED' | 'IN_PROGRESS' | 'FAILED' | undefined;
  readonly desired: number;
  readonly running: number;
  /** Alarms of this app that have begun to sound since the deployment began. */
  readonly alarms: readonly string[];
  /** The status of the public address, for the app that has one. */
  readonly answer?: number | undefined;
}

/** Whether a deployment is good, bad, or not yet to be judged; `why` is for the log. */
export function verdictOf({ rollout, desired, running, alarms, answer = 200 }: Observation): {
  verdict: 'good' | 'bad' | 'wait';
  why: string;
} {
  if (rollout === 'FAILED')
    return { verdict: 'bad', why: 'ECS has taken the version back: its tasks did not become healthy' };
  if (rollout !== 'COMPLETED') return { verdict: 'wait', why: 'tasks are being replaced' };
  if (running < desired) return { verdict: 'wait', why: `${running} of ${desired} tasks run` };
  if (answer !== 200) return { verdict: 'wait', why: `/health/ready answers ${answer}` };
  if (alarms.length > 0) return { verdict: 'bad', why: `alarms sound: ${alarms.join(', ')}` };
  return { verdict: 'good', why: `${running} tasks run` };
}

/** An alarm that sounds, as CloudWatch names it; the time is when it began to. */
export interface SoundingAlarm {
  readonly AlarmName: string;
  readonly StateTransitionedTimestamp?: string;
}

/**
 * The names of those that began at this moment or later, or at one that nobody knows. What sounded before is not this version's doing: dead letters
 * that wait for the version which mends their handler must not keep it from being deployed.
 */
export function begunSince(alarms: readonly SoundingAlarm[], sinceMs: number): string[] {
  const isOlder = ({ StateTransitionedTimestamp: at = '' }: SoundingAlarm) => Date.parse(at) < sinceMs;
  return alarms.filter((alarm) => !isOlder(alarm)).map(({ AlarmName }) => AlarmName);
}
