import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { aws } from './aws.ts';
import { type Observation, verdictOf } from './verdict.domain.ts';

/**
 * `node tools/delivery/src/pipeline/smoke.ts --prefix atlas --app billing [--url https://…]` watches an app after its
 * deployment: exits 0 when it has been good for two minutes in a row, 1 when it is bad or not good within fifteen.
 */
const { values } = parseArgs({
  options: { prefix: { type: 'string' }, app: { type: 'string' }, url: { type: 'string', default: '' } },
});
const { prefix, app, url } = values;
if (prefix === undefined || app === undefined)
  throw new Error('usage: smoke.ts --prefix <prefix> --app <app> [--url <url>]');

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
  const { MetricAlarms } = aws<{ MetricAlarms: { AlarmName: string }[] }>(
    ...['cloudwatch', 'describe-alarms', '--alarm-name-prefix', `${name}-`, '--state-value', 'ALARM'],
  );
  return {
    rollout: service.deployments.find(({ status }) => status === 'PRIMARY')?.rolloutState,
    desired: service.desiredCount,
    running: service.runningCount,
    alarms: MetricAlarms.map(({ AlarmName }) => AlarmName),
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
