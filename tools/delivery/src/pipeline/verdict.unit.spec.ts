import { begunSince, type Observation, verdictOf } from './verdict.domain.ts';

const good: Observation = { rollout: 'COMPLETED', desired: 2, running: 2, alarms: [], answer: 200 };

test.each<[string, Partial<Observation>, string]>([
  ['all tasks of the new version run', {}, 'good'],
  ['an app without a public address is not asked', { answer: undefined }, 'good'],
  ['tasks are still being replaced', { rollout: 'IN_PROGRESS' }, 'wait'],
  ['a task is missing', { running: 1 }, 'wait'],
  ['the address does not answer yet', { answer: 503 }, 'wait'],
  ['ECS has given the version up', { rollout: 'FAILED' }, 'bad'],
  ['an alarm sounds', { alarms: ['atlas-billing-5xx'] }, 'bad'],
])('%s', (_, change, verdict) => {
  expect(verdictOf({ ...good, ...change }).verdict).toBe(verdict);
});

test('an alarm that sounded before the deployment began does not count against it', () => {
  const alarms = [
    { AlarmName: 'before', StateTransitionedTimestamp: '2026-11-22T10:59:59.999000+01:00' },
    { AlarmName: 'since', StateTransitionedTimestamp: '2026-11-22T11:00:00+01:00' },
    { AlarmName: 'unknown' },
  ];
  expect(begunSince(alarms, Date.parse('2026-11-22T10:00:00Z'))).toEqual(['since', 'unknown']);
});
