import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, createRedis, problemHandler } from '@atlas/platform';
import { eventually, leakCheck, stackVariable, startTcpProxy, type TcpProxy, testPrefix } from '@atlas/testing';
import express from 'express';
import type { Redis } from 'ioredis';
import { v7 } from 'uuid';
import type { UserId } from '../ids.domain.ts';
import { createSessions, type Sessions } from './session.ts';

const prefix = testPrefix();
const logger = createLogger({ service: 'test', level: 'silent' });
const hour = 60 * 60 * 1000;
const alice = v7() as UserId;

let redis: Redis;
let connection: TcpProxy;
let server: Server;
let url: string;
let sessions: Sessions;
let skippedMs = 0;
/** What a request waits for after its session was read and before anything is done with it. */
let pause: () => Promise<void>;

beforeAll(async () => {
  connection = await startTcpProxy(stackVariable('REDIS_URL'));
  redis = createRedis({ url: connection.url, logger, name: 'session-test' });
  const now = () => Date.now() + skippedMs;
  sessions = createSessions({ redis, prefix, secrets: ['a-secret-for-tests-only'], secure: false, now });
  const app = express()
    .use(sessions.middleware)
    .post('/begin/:userId', async (req, res) => {
      await pause();
      await sessions.begin(req, req.params.userId as UserId);
      res.end(req.sessionID);
    })
    .post('/write', async (req, res) => {
      // Nothing in Atlas does this; the store has to stand it all the same.
      req.session.createdAt = (req.session.createdAt ?? 0) - 1;
      await pause();
      res.end();
    })
    .get('/who', async (req, res) => {
      await pause();
      res.json(sessions.userIdOf(req) ?? null);
    })
    .post('/end', async (req, res) => {
      await sessions.end(req);
      res.end();
    })
    .post('/end-all', async (req, res) => {
      await sessions.endAll(req, sessions.userIdOf(req)!);
      res.end();
    })
    .get('/list', async (req, res) => void res.json(await sessions.list(req, sessions.userIdOf(req)!)))
    .use(problemHandler(logger));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  skippedMs = 0;
  pause = async () => {};
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await redis.quit();
  await connection.close();
});

interface Visitor {
  readonly id: string;
  readonly key: string;
  send(method: string, path: string): Promise<Response>;
}

async function signedIn(userId: UserId = alice, userAgent = 'curl/8.5.0'): Promise<Visitor> {
  const begun = await fetch(`${url}/begin/${userId}`, { method: 'POST', headers: { 'user-agent': userAgent } });
  const [cookie = ''] = begun.headers.getSetCookie()[0]!.split(';');
  const id = await begun.text();
  return {
    id,
    key: `${prefix}:session:${id}`,
    async send(method, path) {
      const response = await fetch(url + path, { method, headers: { cookie } });
      return new Response(await response.text(), response);
    },
  };
}

const who = async (visitor: Visitor) => (await visitor.send('GET', '/who')).json();
const indexKeys = (userId: UserId) => [
  `${prefix}:user-sessions:${userId}`,
  `${prefix}:user-sessions:${userId}:devices`,
];

/** Holds the next request that comes to its pause, until `release` is called. */
function holdOne() {
  const reached = Promise.withResolvers<void>();
  const hold = Promise.withResolvers<void>();
  pause = async () => {
    pause = async () => {};
    reached.resolve();
    await hold.promise;
  };
  return { reached: reached.promise, release: hold.resolve };
}

describe.each([
  ['writes its session', 'POST', '/write'],
  ['uses its session', 'GET', '/who'],
])('a request that %s', (_name, method, path) => {
  it.each(['/end', '/end-all'])('does not bring it back after %s of another request', async (end) => {
    const user = v7() as UserId;
    const visitor = await signedIn(user);
    const { reached, release } = holdOne();
    const inFlight = visitor.send(method, path);
    await reached;
    expect((await visitor.send('POST', end)).status).toBe(200);
    release();
    expect((await inFlight).status).toBe(200);
    // The answer of this connection to what comes last: what was sent beside an answer is done.
    await redis.ping();
    expect(await redis.exists(visitor.key, ...indexKeys(user))).toBe(0);
    expect(await who(visitor)).toBeNull();
  });

  it('does not bring it back in a race either', async () => {
    const rounds = 21;
    // In turns a few round trips of Redis late, so that the end falls before, between and after the reads and writes.
    let turn = 0;
    pause = async () => {
      for (let trips = turn++ % 7; trips > 0; trips -= 1) await redis.ping();
    };
    for (let round = 0; round < rounds; round += 1) {
      const user = v7() as UserId;
      const visitor = await signedIn(user);
      const requests = Array.from({ length: 5 }, () => visitor.send(method, path));
      await Promise.all([...requests, visitor.send('POST', round % 2 ? '/end' : '/end-all')]);
      await redis.ping();
      expect(await redis.exists(visitor.key, ...indexKeys(user))).toBe(0);
    }
  });
});

it('a request that writes its session changes it while it lives', async () => {
  const visitor = await signedIn();
  const before = JSON.parse((await redis.get(visitor.key))!) as { createdAt: number };
  await visitor.send('POST', '/write');
  expect(JSON.parse((await redis.get(visitor.key))!)).toMatchObject({ createdAt: before.createdAt - 1 });
});

describe('a session ends', () => {
  it('two hours after its last request', async () => {
    const visitor = await signedIn();
    expect(await redis.ttl(visitor.key)).toBeGreaterThan(2 * 3600 - 10);
    await redis.expire(visitor.key, 100);
    await who(visitor);
    await eventually(async () => (await redis.ttl(visitor.key)) > 2 * 3600 - 10);
  });

  it('twelve hours after sign-in, however often it is used', async () => {
    const visitor = await signedIn();
    skippedMs = 11.5 * hour;
    expect(await who(visitor)).toBe(alice);
    await eventually(async () => {
      const left = await redis.ttl(visitor.key);
      return left > 0 && left <= 1800;
    });
    skippedMs = 12 * hour;
    expect(await who(visitor)).toBeNull();
  });

  it('and leaves nothing behind when nobody comes any more', async () => {
    const user = v7() as UserId;
    await signedIn(user);
    for (const key of indexKeys(user)) {
      const left = await redis.ttl(key);
      expect(left).toBeGreaterThan(2 * 3600 - 10);
      expect(left).toBeLessThanOrEqual(2 * 3600);
    }
  });
});

describe('the sessions of a user', () => {
  it('are listed with device and last use, the last used first', async () => {
    const user = v7() as UserId;
    const firefox = await signedIn(user, 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0');
    skippedMs = hour;
    const curl = await signedIn(user);
    const listed = (await (await curl.send('GET', '/list')).json()) as Record<string, string>[];
    expect(listed).toMatchObject([
      { device: 'curl', current: true },
      { device: 'Firefox on Linux', current: false },
    ]);
    expect(JSON.stringify(listed)).not.toContain(firefox.id);
    skippedMs = 1.5 * hour;
    await who(firefox);
    const [asking, before] = (await (await curl.send('GET', '/list')).json()) as Record<string, string>[];
    // Whoever asks uses a session in the very moment.
    expect([asking!['device'], before!['device']]).toEqual(['curl', 'Firefox on Linux']);
    const usedAfterMs = Date.parse(before!['lastUsedAt']!) - Date.parse(before!['createdAt']!);
    expect(Math.abs(usedAfterMs - 1.5 * hour)).toBeLessThan(60_000);
  });

  it('do not show, nor keep in mind, what ran out', async () => {
    const user = v7() as UserId;
    const [one, other] = [await signedIn(user), await signedIn(user)];
    await redis.del(other.key);
    expect(await (await one.send('GET', '/list')).json()).toHaveLength(1);
    expect(await redis.zrange(`${prefix}:user-sessions:${user}`, 0, -1)).toEqual([one.id]);
    expect(await redis.hkeys(`${prefix}:user-sessions:${user}:devices`)).toEqual([one.id]);
  });

  it('are at most a thousand: the one that was not used for longest ends', async () => {
    const user = v7() as UserId;
    const [first, second] = [await signedIn(user), await signedIn(user)];
    await who(first);
    await eventually(async () => (await redis.zrange(`${prefix}:user-sessions:${user}`, 0, 0))[0] === second.id);
    const others = Array.from({ length: 998 }, (_, index) => `other-${index}`);
    const now = Date.now() + hour;
    await redis.zadd(`${prefix}:user-sessions:${user}`, ...others.flatMap((id) => [now, id]));
    skippedMs = hour;
    const last = await signedIn(user);
    expect([await who(first), await who(second), await who(last)]).toEqual([user, null, user]);
  });

  it('that began before there was a list of them join it at their next request', async () => {
    const user = v7() as UserId;
    const visitor = await signedIn(user);
    await redis.del(...indexKeys(user));
    await who(visitor);
    await eventually(async () => {
      const listed = (await (await visitor.send('GET', '/list')).json()) as unknown[];
      expect(listed).toMatchObject([{ device: 'unknown device', current: true }]);
    });
  });
});

it('a sign-in while Redis goes away leaves the session that there was, and its cookie', async () => {
  const visitor = await signedIn();
  const { reached, release } = holdOne();
  const beginning = visitor.send('POST', `/begin/${alice}`);
  await reached;
  await connection.cut();
  release();
  const { status, headers } = await beginning;
  expect([status, headers.getSetCookie()]).toEqual([503, []]);
  await connection.restore();
  await eventually(async () => (await redis.ping()) === 'PONG');
  expect(await who(visitor)).toBe(alice);
});

it('what is stored but no session of ours is no session', async () => {
  for (const stored of ['', '{', 'null', '[]', '{"userId":7}', `{"userId":"${alice}","createdAt":"x","cookie":{}}`]) {
    const visitor = await signedIn();
    await redis.set(visitor.key, stored);
    const response = await visitor.send('GET', '/who');
    expect([response.status, await response.json()]).toEqual([200, null]);
  }
});

leakCheck();
