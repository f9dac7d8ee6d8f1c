import { createLogger, createRedis } from '@atlas/platform';
import { type ChangeFeed, createChangeFeed } from '@atlas/shared-state';
import { eventually, leakCheck, startTcpProxy, stackVariable, type TcpProxy, testPrefix } from '@atlas/testing';
import type { Redis } from 'ioredis';
import { type CurrentModes, createCurrentModes, type ModeChange } from './current-modes.ts';
import { usualThresholds } from './rollback.domain.ts';
import type { Slice } from './slice.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const slice: Slice = {
  name: 'feed',
  routes: ['/feed'],
  service: { name: 'notification', url: 'http://127.0.0.1:9' },
  safeMethods: ['GET'],
  initialMode: 'monolith',
  rollback: usualThresholds,
};
const other: Slice = { ...slice, name: 'reports' };

let redis: Redis;
let proxy: TcpProxy;
let prefix: string;
const open: { modes: CurrentModes; changes: ChangeFeed; redis: Redis }[] = [];

beforeAll(async () => {
  proxy = await startTcpProxy(stackVariable('REDIS_URL'), 6379);
  redis = createRedis({ url: stackVariable('REDIS_URL'), logger, name: 'test' });
});

beforeEach(() => {
  prefix = testPrefix();
});

afterEach(async () => {
  await proxy.restore();
  await Promise.all(open.map(({ modes }) => modes.stop()));
  for (const { changes, redis } of open) {
    changes.stop();
    redis.disconnect();
  }
  open.length = 0;
});

afterAll(async () => {
  await redis.quit();
  await proxy.close();
});

function replica(url = stackVariable('REDIS_URL')) {
  const connection = createRedis({ url, logger, name: 'test' });
  const changes = createChangeFeed({ redis: connection, logger });
  const modes = createCurrentModes({ redis: connection, changes, prefix, logger });
  open.push({ modes, changes, redis: connection });
  changes.start();
  void modes.start();
  return { modes };
}

const to = (change: Partial<ModeChange>): ModeChange => ({
  mode: 'service',
  percent: null,
  reason: 'a test',
  changedBy: 'operator@atlas.example',
  automaticRollback: true,
  ...change,
});

/** The promise of the operator's API: a second. */
const withinASecond = { timeoutMs: 1_000 };

describe('the modes of the slices', () => {
  it('begin as the table says', async () => {
    const { modes } = replica();
    await eventually(() => modes.assertKnown());
    expect(modes.of(slice)).toMatchObject({ mode: 'monolith', version: 0, automaticRollback: false });
  });

  it('are the same in every replica within a second', async () => {
    const replicas = [replica(), replica(), replica()];
    await Promise.all(replicas.map(({ modes }) => eventually(() => modes.assertKnown())));
    await replicas[0]!.modes.change(slice, to({ mode: 'canary', percent: 12.5 }));
    expect(replicas[0]!.modes.of(slice)).toMatchObject({ mode: 'canary', percent: 12.5 });
    await eventually(() => replicas.every(({ modes }) => modes.of(slice).percent === 12.5), withinASecond);
    expect(replicas[1]!.modes.of(other)).toMatchObject({ mode: 'monolith' });
  });

  it('stay as they were while Redis is away, and follow when it is back', async () => {
    const near = replica();
    const far = replica(proxy.url);
    await eventually(() => far.modes.assertKnown());
    await near.modes.change(slice, to({ mode: 'shadow' }));
    await eventually(() => far.modes.of(slice).mode === 'shadow', withinASecond);
    await proxy.cut();
    await near.modes.change(slice, to({ mode: 'canary', percent: 50 }));
    await expect(far.modes.change(slice, to({}))).rejects.toThrow();
    expect(far.modes.of(slice)).toMatchObject({ mode: 'shadow' });
    await proxy.restore();
    await eventually(() => far.modes.of(slice).percent === 50);
    // And hears announcements again, not only polls.
    expect((await near.modes.change(slice, to({}))).version).toBe(3);
    await eventually(() => far.modes.of(slice).mode === 'service', withinASecond);
  });

  it('are not known to a replica that has never reached Redis', async () => {
    await proxy.cut();
    const { modes } = replica(proxy.url);
    expect(() => modes.assertKnown()).toThrow(/not been read/);
    await proxy.restore();
    await eventually(() => modes.assertKnown());
  });

  it('are changed once when many replicas set a slice back at the same time', async () => {
    const replicas = Array.from({ length: 5 }, () => replica());
    const seen = await replicas[0]!.modes.change(slice, to({}));
    const change = to({ mode: 'monolith', changedBy: 'automatic' });
    const written = await Promise.all(replicas.map(({ modes }) => modes.changeFrom(slice, seen, change)));
    expect(written.filter((state) => state !== undefined)).toEqual([expect.objectContaining({ version: 2 })]);
  });

  it('are not set back when an operator was faster', async () => {
    const { modes } = replica();
    const seen = await modes.change(slice, to({}));
    await modes.change(slice, to({ mode: 'shadow' }));
    expect(await modes.changeFrom(slice, seen, to({ mode: 'monolith' }))).toBeUndefined();
    expect(modes.of(slice)).toMatchObject({ mode: 'shadow', version: 2 });
  });

  it('have a history with reasons, newest first, that survives everything', async () => {
    const { modes } = replica();
    for (const reason of ['first', 'second', 'third']) await modes.change(slice, to({ reason }));
    expect(await modes.history(slice, 2)).toEqual([
      expect.objectContaining({ reason: 'third', version: 3, changedBy: 'operator@atlas.example' }),
      expect.objectContaining({ reason: 'second', version: 2 }),
    ]);
  });
});

leakCheck();
