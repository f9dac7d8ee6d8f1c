import {
  changeEndpoint,
  createEndpoint,
  type Endpoint,
  liveSecrets,
  maxSecrets,
  rotateSecret,
  rotationOverlapMs,
  wantsEvent,
} from './endpoint.domain.ts';
import { isPaused, judgeEndpoint, streakGapMs, switchOffAfterMs } from './endpoint-health.domain.ts';

const now = Date.UTC(2026, 10, 22, 8, 37);
const minute = 60_000;
const hour = 60 * minute;
const created = createEndpoint(
  { url: 'https://example.com/hooks', events: ['order.completed'] },
  { tenantId: 't-1', endpointId: 'e-1', secret: 'whsec_1', now },
);
const failing = (since: number, last = now): Endpoint => ({
  ...(created as Endpoint & { status: 'active' }),
  failingSince: since,
  lastFailureAt: last,
});
const off: Endpoint = changeEndpoint(created, { status: 'off' }, now);

describe('an endpoint', () => {
  it('wants the types that its owner chose, while it is active', () => {
    expect(wantsEvent(created, 'order.completed')).toBe(true);
    expect(wantsEvent(created, 'user.registered')).toBe(false);
    expect(wantsEvent(off, 'order.completed')).toBe(false);
  });

  it('is changed field by field and counts its versions', () => {
    const changed = changeEndpoint(created, { description: 'staging' }, now + 1);
    expect(changed).toEqual({ ...created, description: 'staging', version: 2, updatedAt: now + 1 });
  });

  it('is switched off and on by its owner', () => {
    expect(off).toMatchObject({ status: 'off', offReason: 'owner', offAt: now });
    expect(changeEndpoint(off, { status: 'active' }, now + 1)).toMatchObject({ status: 'active', version: 3 });
  });

  it('starts anew when it is switched on again or moves, and keeps its health otherwise', () => {
    const sick = failing(now - hour);
    expect(changeEndpoint(sick, { description: 'x' }, now)).toMatchObject({ failingSince: now - hour });
    expect(changeEndpoint(sick, { url: 'https://example.org/' }, now)).not.toHaveProperty('failingSince');
    const again = changeEndpoint(changeEndpoint(sick, { status: 'off' }, now), { status: 'active' }, now);
    expect(again).not.toHaveProperty('failingSince');
  });

  it('keeps the reason why it is off when only its description changes', () => {
    const gone: Endpoint = { ...off, status: 'off', offReason: 'gone', offAt: now - hour };
    expect(changeEndpoint(gone, { description: 'x' }, now)).toMatchObject({ offReason: 'gone', offAt: now - hour });
  });
});

describe('the secrets of an endpoint', () => {
  const valuesAt = (endpoint: Endpoint, at: number) => liveSecrets(endpoint, at).map(({ value }) => value);

  it('sign side by side for 24 hours after a rotation, the newest first', () => {
    const rotated = rotateSecret(created, 'whsec_2', now);
    expect(valuesAt(rotated, now)).toEqual(['whsec_2', 'whsec_1']);
    expect(valuesAt(rotated, now + rotationOverlapMs - 1)).toEqual(['whsec_2', 'whsec_1']);
    expect(valuesAt(rotated, now + rotationOverlapMs)).toEqual(['whsec_2']);
  });

  it('keep the end of their own 24 hours when there is another rotation', () => {
    const twice = rotateSecret(rotateSecret(created, 'whsec_2', now), 'whsec_3', now + hour);
    expect(valuesAt(twice, now + hour)).toEqual(['whsec_3', 'whsec_2', 'whsec_1']);
    expect(valuesAt(twice, now + rotationOverlapMs)).toEqual(['whsec_3', 'whsec_2']);
  });

  it('are never more than fit a header', () => {
    let endpoint = created;
    for (let i = 2; i < 10; i += 1) endpoint = rotateSecret(endpoint, `whsec_${i}`, now + i);
    expect(valuesAt(endpoint, now + 10)).toEqual(['whsec_9', 'whsec_8', 'whsec_7', 'whsec_6'].slice(0, maxSecrets));
  });
});

describe('the health of an endpoint', () => {
  const decide = (endpoint: Endpoint, outcome: 'delivered' | 'failed' | 'gone' | 'slow-down', retryAfterMs?: number) =>
    judgeEndpoint(endpoint, { outcome, retryAfterMs }, now);

  it('costs no write while it works', () => {
    expect(decide(created, 'delivered')).toEqual({ kind: 'unchanged' });
  });

  it('begins a streak with the first failure and ends it with a success', () => {
    expect(decide(created, 'failed')).toEqual({ kind: 'failing', health: { failingSince: now, lastFailureAt: now } });
    expect(decide(failing(now - hour), 'delivered')).toEqual({ kind: 'recovered' });
  });

  it('is not written again and again while it fails', () => {
    expect(decide(failing(now - hour, now - 1000), 'failed')).toEqual({ kind: 'unchanged' });
    expect(decide(failing(now - hour, now - 2 * minute), 'failed')).toMatchObject({ kind: 'failing' });
  });

  it('switches off after 5 days of failures, and not a moment before', () => {
    const last = now - hour;
    expect(decide(failing(now - switchOffAfterMs, last), 'failed')).toEqual({ kind: 'switch-off', reason: 'failing' });
    expect(decide(failing(now - switchOffAfterMs + 1, last), 'failed')).toMatchObject({ kind: 'failing' });
  });

  it('does not take two failures with a week of silence between them for a week of failure', () => {
    const weekAgo = now - 7 * 24 * hour;
    expect(decide(failing(weekAgo, weekAgo), 'failed')).toMatchObject({
      kind: 'failing',
      health: { failingSince: now },
    });
    expect(decide(failing(weekAgo, now - streakGapMs), 'failed')).toMatchObject({ kind: 'switch-off' });
  });

  it('switches off at once when the endpoint says that it is gone', () => {
    expect(decide(created, 'gone')).toEqual({ kind: 'switch-off', reason: 'gone' });
    expect(decide(off, 'gone')).toEqual({ kind: 'unchanged' });
  });

  it('pauses the endpoint when it asks to slow down', () => {
    const decision = decide(created, 'slow-down', 90_000);
    expect(decision).toMatchObject({ kind: 'failing', health: { notBefore: now + 90_000 } });
    expect(decide(created, 'slow-down')).toMatchObject({ health: { notBefore: now + 5000 } });
    const paused = { ...created, notBefore: now + 90_000 } as Endpoint;
    expect([isPaused(paused, now), isPaused(paused, now + 90_000), isPaused(created, now)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
