import { DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { createPgPool } from '@atlas/platform/postgres';
import { eventually, leakCheck, stackVariable, startTcpProxy, type TcpProxy } from '@atlas/testing';
import { userRegistered } from '@atlas/event-contracts';
import { PublishGaveUpError } from '../errors.ts';
import { createPublisher } from '../publish/publisher.ts';
import { provisionTopology } from '../topology/provision-topology.ts';
import { createOutboxWorld, idsOf, type OutboxWorld } from './outbox.fixture.ts';
import { listParked, unpark } from './parked.ts';

let world: OutboxWorld;
let snsProxy: TcpProxy;
let pgProxy: TcpProxy;

beforeAll(async () => {
  world = await createOutboxWorld();
  snsProxy = await startTcpProxy(stackVariable('AWS_ENDPOINT_URL'));
  pgProxy = await startTcpProxy(world.database.url);
});

afterEach(async () => {
  await Promise.all([snsProxy.restore(), pgProxy.restore()]);
  await world.stopRelays();
  await world.take();
  await world.pool.query('DELETE FROM outbox');
});

afterAll(async () => {
  await world.close();
  await Promise.all([snsProxy.close(), pgProxy.close()]);
});

async function rowsWhere(condition: string) {
  return (await world.pool.query(`SELECT * FROM outbox WHERE ${condition}`)).rows;
}

async function allPublished(): Promise<void> {
  await eventually(async () => expect(await rowsWhere('published_at IS NULL')).toEqual([]));
}

const logged = (level: string) => world.logs.lines.filter((line) => line.level === level).map((line) => line.msg);

/** A publisher whose SNS can be taken away. */
function fragilePublisher() {
  const sns = new SNSClient({ region: world.scope.region, endpoint: snsProxy.url, maxAttempts: 1 });
  const publisher = createPublisher({ ...world.publisherOptions, sns });
  return { publisher, destroy: () => sns.destroy() };
}

/** A pool whose PostgreSQL can be taken away. */
function fragilePool() {
  return createPgPool({ url: pgProxy.url, max: 5, logger: world.logs.logger, name: 'fragile' });
}

/**
 * Returns when PostgreSQL has ended the connections too: a claim that was under way would lease what is committed until then, and with
 * its answer lost the rows wait for the end of the lease.
 */
async function cutPostgres(): Promise<void> {
  const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'fragile'`;
  expect((await world.pool.query(sql)).rowCount).toBeGreaterThan(0);
  await pgProxy.cut();
  await eventually(async () => expect((await world.pool.query(sql)).rowCount).toBe(0));
}

describe('an outage of SNS', () => {
  it('parks nothing, uses up no tries, is logged once, and is over by itself', async () => {
    const { publisher, destroy } = fragilePublisher();
    await world.startRelay({ publisher });
    await snsProxy.cut();
    const ids = await world.commit(60, 5);
    await eventually(() =>
      expect(logged('warn')).toContain('SNS does not work; the outbox relay waits and keeps its rows'),
    );
    ids.push(...(await world.commit(20, 1)));
    await snsProxy.restore();
    await allPublished();
    expect(idsOf(await world.take()).sort()).toEqual(ids.sort());
    expect(await rowsWhere('attempts > 0 OR parked_at IS NOT NULL')).toEqual([]);
    expect(logged('warn').filter((line) => `${line}`.startsWith('SNS'))).toHaveLength(1);
    expect(logged('info')).toContain('SNS works again');
    destroy();
  });
});

describe('an outage of PostgreSQL', () => {
  it('is survived: the relay connects again, listens again, and publishes what was committed meanwhile', async () => {
    const pool = fragilePool();
    await world.startRelay({ pool });
    const ids = await world.commit(1);
    await allPublished();
    await cutPostgres();
    ids.push(...(await world.commit(30, 3)));
    await eventually(() =>
      expect(logged('warn')).toContain('PostgreSQL does not work; the outbox relay waits and keeps its rows'),
    );
    await pgProxy.restore();
    await allPublished();
    expect(idsOf(await world.take()).sort()).toEqual(ids.sort());
    await world.stopRelays();
    await pool.end();
  });

  it('is followed by a look at what was committed meanwhile, and commits wake the relay again, without the sweep', async () => {
    const pool = fragilePool();
    await world.startRelay({ pool, sweepMs: 600_000 });
    const listeners = async () => (await rowsOfListeners()).length;
    await eventually(async () => expect(await listeners()).toBe(1));
    await world.commit(1);
    await allPublished();
    await cutPostgres();
    await world.commit(1);
    await pgProxy.restore();
    await allPublished();
    await eventually(async () => expect(await listeners()).toBe(1));
    await world.commit(1);
    await allPublished();
    await world.stopRelays();
    await pool.end();
  });

  it('sends nothing twice when it begins between the answer of SNS and the mark', async () => {
    const pool = fragilePool();
    let cuts = 0;
    const probe = (step: string) => {
      if (step === 'relay.published' && cuts++ === 0) pgProxy.slam();
    };
    await world.startRelay({ pool, probe });
    const ids = await world.commit(10);
    await eventually(() => expect(cuts).toBeGreaterThan(1));
    expect(await rowsWhere('published_at IS NOT NULL')).toEqual([]);
    await pgProxy.restore();
    await allPublished();
    expect(idsOf(await world.take()).sort()).toEqual(ids.sort());
    await world.stopRelays();
    await pool.end();
  });

  it('that hangs does not keep a stop from ending', async () => {
    const pool = fragilePool();
    const relay = await world.startRelay({
      pool,
      publisher: { send: () => new Promise(() => {}), stop: () => Promise.resolve() },
    });
    await world.commit(2);
    await eventually(async () => expect(await rowsWhere('lease_until > now()')).toHaveLength(2));
    pgProxy.freeze();
    expect(await relay.stop({ deadlineMs: 50 })).toEqual({ published: 0, released: 0 });
    await pgProxy.cut();
    await pool.end();
  });

  it('at start is waited out', async () => {
    const pool = fragilePool();
    await pgProxy.cut();
    const ids = await world.commit(2);
    await world.startRelay({ pool });
    await pgProxy.restore();
    await allPublished();
    expect(idsOf(await world.take()).sort()).toEqual(ids.sort());
    await world.stopRelays();
    await pool.end();
  });
});

async function rowsOfListeners() {
  const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'`;
  return (await world.pool.query(sql)).rows;
}

describe('rows that SNS does not take', () => {
  it('parks at once what SNS refuses, shows why, and publishes it when it was mended and unparked', async () => {
    const [bad, ...good] = await world.commit(12);
    const [{ envelope }] = await rowsWhere(`id = '${bad}'`);
    await world.pool.query(`UPDATE outbox SET envelope = repeat('x', 300000) WHERE id = $1`, [bad]);
    await world.startRelay();
    await eventually(async () => expect(await rowsWhere('published_at IS NULL AND parked_at IS NULL')).toEqual([]));
    expect(idsOf(await world.take()).sort()).toEqual(good.sort());
    expect(await listParked(world.pool)).toEqual([
      expect.objectContaining({
        ...{ id: bad, eventType: 'order.completed', tenantId: 'tenant-1', attempts: 1 },
        lastError: expect.stringMatching(/^SNS refuses order\.completed\.v1 /),
      }),
    ]);
    await eventually(async () => expect((await world.metrics.outboxParked.get()).values[0]!.value).toBe(1));
    expect(logged('error')).toContain('event parked: it stays in the outbox until somebody unparks it');

    await world.pool.query('UPDATE outbox SET envelope = $2 WHERE id = $1', [bad, envelope]);
    expect(await unpark(world.pool, [bad!, good[0]!])).toBe(1);
    await allPublished();
    expect(idsOf(await world.take())).toEqual([bad]);
    expect(await listParked(world.pool)).toEqual([]);
  });

  it('tries a row again that SNS keeps failing, and parks it after `parkAfter` tries, the others going on', async () => {
    const [bad, ...good] = await world.commit(4);
    const tries: string[] = [];
    const publisher = {
      ...world.publisher,
      async send(message: Parameters<typeof world.publisher.send>[0]) {
        if (message.id !== bad) return world.publisher.send(message);
        tries.push(message.id);
        throw new PublishGaveUpError(message, 6, 'InternalFailure');
      },
    };
    await world.startRelay({ publisher, parkAfter: 2 });
    await eventually(async () => expect(await listParked(world.pool)).toHaveLength(1));
    expect(tries).toHaveLength(2);
    expect(idsOf(await world.take()).sort()).toEqual(good.sort());
    expect((await listParked(world.pool))[0]).toMatchObject({
      attempts: 2,
      lastError: expect.stringContaining('InternalFailure'),
    });
  });

  it('holds back only the events whose topic is missing, uncounted, until it exists', async () => {
    const userTopic = world.publisherOptions.topicArn('user');
    await world.sns.send(new DeleteTopicCommand({ TopicArn: userTopic }));
    const registered = {
      type: 'user.registered' as const,
      payload: userRegistered.versions['1.0'].example,
      meta: { tenantId: 'tenant-1', subject: 'user-1', sequence: 1 },
    };
    await world.outbox.add((text, values) => world.pool.query(text, values), [registered, registered]);
    const ids = await world.commit(3);
    await world.startRelay();
    await eventually(async () => expect(await rowsWhere('last_error IS NOT NULL')).toHaveLength(2));
    await eventually(async () => expect(await rowsWhere('published_at IS NOT NULL')).toHaveLength(3));
    expect(idsOf(await world.take()).sort()).toEqual(ids.sort());
    expect(await rowsWhere('attempts > 0 OR parked_at IS NOT NULL')).toEqual([]);
    expect(logged('error').filter((line) => `${line}`.startsWith('topic of user events does not work'))).toHaveLength(
      1,
    );

    await provisionTopology({ ...world.scope, sns: world.sns, sqs: world.sqs, services: ['notification'] });
    await world.pool.query('UPDATE outbox SET lease_until = now() WHERE published_at IS NULL');
    await allPublished();
  });
});

leakCheck();
