import { randomUUID } from 'node:crypto';
import { createRedis } from '@atlas/platform';
import { captureLogs, eventually, leakCheck, stackVariable, testPrefix } from '@atlas/testing';
import { ProviderEvents } from '@openfeature/server-sdk';
import { createChangeFeed } from '../change-feed.ts';
import type { FlagState } from './flag.ts';
import { createFlags, type Flags } from './flags.ts';

const { logger } = captureLogs();
const prefix = testPrefix();
const stops: (() => Promise<void>)[] = [];
const definitions = {
  'new-thing': { description: '', variants: { off: false, on: true }, fallback: 'off' },
  colour: { description: '', variants: { red: 'red', blue: 'blue' }, fallback: 'red' },
  sizes: { description: '', variants: { small: { list: [1] }, large: { list: [1, 2] } }, fallback: 'small' },
};
const why = { by: 'ada', reason: 'a test' };
const on: FlagState = { enabled: true, variant: 'on', percent: 100, tenants: {} };

async function app(ownPrefix = prefix): Promise<Flags> {
  const redis = createRedis({ url: stackVariable('REDIS_URL'), logger, name: 'test' });
  const changes = createChangeFeed({ redis, logger });
  changes.start();
  const flags = createFlags({ redis, changes, prefix: ownPrefix, definitions, domain: randomUUID(), logger });
  await flags.start();
  stops.push(async () => {
    await flags.stop();
    changes.stop();
    redis.disconnect();
  });
  return flags;
}

afterAll(async () => {
  for (const stop of stops) await stop();
});

describe('flags through OpenFeature', () => {
  it('are their fallbacks until somebody decides, and what was decided within a second everywhere', async () => {
    const replicas = await Promise.all([app(), app(), app()]);
    const ask = (flags: Flags) => flags.client.getBooleanValue('new-thing', false, { targetingKey: 't' });
    expect(await Promise.all(replicas.map(ask))).toEqual([false, false, false]);
    await replicas[1]!.table.put('new-thing', on, why);
    await eventually(async () => (await Promise.all(replicas.map(ask))).every(Boolean), { timeoutMs: 1_000 });
  });

  it('give the same answer to a tenant in every replica, and to the share of tenants that was asked for', async () => {
    const [one, other] = await Promise.all([app(), app()]);
    await one.table.put('colour', { enabled: true, variant: 'blue', percent: 25, tenants: {} }, why);
    await eventually(() => other.table.get('colour') !== undefined);
    const ask = (flags: Flags, targetingKey: string) => flags.client.getStringValue('colour', 'red', { targetingKey });
    const tenants = Array.from({ length: 400 }, () => randomUUID());
    const answers = await Promise.all(tenants.map((tenant) => ask(one, tenant)));
    expect(await Promise.all(tenants.map((tenant) => ask(other, tenant)))).toEqual(answers);
    const share = answers.filter((answer) => answer === 'blue').length / tenants.length;
    expect(share).toBeGreaterThan(0.16);
    expect(share).toBeLessThan(0.34);
  });

  it('say why, and never throw at a feature', async () => {
    const { client } = await app(testPrefix());
    expect(await client.getBooleanDetails('new-thing', true)).toMatchObject({ value: false, reason: 'DEFAULT' });
    expect(await client.getBooleanDetails('unknown', true)).toMatchObject({ value: true, errorCode: 'FLAG_NOT_FOUND' });
    expect(await client.getNumberDetails('colour', 7)).toMatchObject({ value: 7, errorCode: 'TYPE_MISMATCH' });
  });

  it('that are objects cannot be changed by who asks', async () => {
    const { client } = await app();
    const value = (await client.getObjectValue('sizes', { list: [] })) as { list: number[] };
    expect(() => value.list.push(3)).toThrow('not extensible');
    expect(await client.getObjectValue('sizes', { list: [] })).toEqual({ list: [1] });
  });

  it('of two apps in one process are apart', async () => {
    const [one, other] = [await app(testPrefix()), await app(testPrefix())];
    await one.table.put('new-thing', on, why);
    expect(await one.client.getBooleanValue('new-thing', false)).toBe(true);
    expect(await other.client.getBooleanValue('new-thing', false)).toBe(false);
  });

  it('tell the SDK when they change', async () => {
    const flags = await app(testPrefix());
    const told: unknown[] = [];
    flags.client.addHandler(ProviderEvents.ConfigurationChanged, (event) => void told.push(event?.flagsChanged));
    await flags.table.put('new-thing', on, why);
    await eventually(() => told.length > 0);
    expect(told).toEqual([['new-thing']]);
  });
});

leakCheck();
