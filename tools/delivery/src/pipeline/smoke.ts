import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { aws } from './aws.ts';
import { begunSince, type Observation, type SoundingAlarm, verdictOf } from './verdict.domain.ts';

/**
 * `node tools/delivery/src/pipeline/smoke.ts --prefix atlas --app billing --since 2026-11-22T10:00:00Z [--url https://…]` watches an app
 * after its deployment, which began then: exits 0 when it has been good for two minutes in a row, 1 when it is bad or not good within fifteen.
 */
const { values } = parseArgs({
  options: {
    prefix: { type: 'string' },
    app: { type: 'string' },
    since: { type: 'string', default: '' },
    url: { type: 'string', default: '' },
  },
});
const { prefix, app, url } = values;
const since = Date.parse(values.since);
if (prefix === undefined || app === undefined || Number.isNaN(since))
  throw new Error('usage: smoke.ts --prefix <prefix> --app <app> --since <time> [--url <url>]');

const everySeconds = 15;
const goodInARow = 8;
const deadline = Date.now() + 15 * 60_000;

await watch(0);

async function watch(good: number): Promise<void> {
  const { verdict, why } = verdictOf(await observe());
  console.log(`${verdict.padEnd(5)} ${why}`);
  const now = verdict === 'good' ? good + 1 : 0;
  if (now >= goodInARow) process.exit(0);
  if (verdict === 'bad' || Date.now() > deadline) process.exit(1);
  await delay(everySeconds * 1_000);
  return watch(now);
}

async function observe(): Promise<Observation> {
  const name = `${prefix}-${app}`;
  const { services } = aws<{
    services: [
      {
        desiredCount: number;
        runningCount: number;
        deployments: { status: string; rolloutState?: Observation['rollout'] }[];
      },
    ];
  }>('ecs', 'describe-services', '--cluster', prefix!, '--services', name);
  const [service] = services;
  const { MetricAlarms } = aws<{ MetricAlarms: SoundingAlarm[] }>(
    ...['cloudwatch', 'describe-alarms', '--alarm-name-prefix', `${name}-`, '--state-value', 'ALARM'],
  );
  return {
    rollout: service.deployments.find(({ status }) => status === 'PRIMARY')?.rolloutState,
    desired: service.desiredCount,
    running: service.runningCount,
    alarms: begunSince(MetricAlarms, since),
    answer: app === 'gateway' && url !== '' ? await statusOf(`${url}/health/ready`) : undefined,
  };
}

/** The status, or 0 when nobody answers within 5 s. */
async function statusOf(address: string): Promise<number> {
  return fetch(address, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status,
    () => 0,
  );
}
