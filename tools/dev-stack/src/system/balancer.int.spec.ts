import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { eventually, leakCheck } from '@atlas/testing';
import { type Balancer, startBalancer } from './balancer.ts';

/** A replica that answers with its name, counts what it is asked, and does what a test tells it to. */
interface FakeReplica {
  readonly name: string;
  port: number;
  asked: number;
  isReady: boolean;
  /** Drops every request without an answer. */
  drops: boolean;
  listen(): Promise<void>;
  close(): Promise<void>;
}

function createFakeReplica(name: string): FakeReplica {
  const server = createServer((request, response) => {
    if (request.url === '/health/ready') return void response.writeHead(replica.isReady ? 200 : 503).end();
    replica.asked += 1;
    if (replica.drops) return void request.socket.destroy();
    request.pipe(response.writeHead(201, { 'x-by': name, connection: 'keep-alive' }));
  });
  const replica: FakeReplica = {
    ...{ name, port: 0, asked: 0, isReady: true, drops: false },
    async listen() {
      server.listen(replica.port, '127.0.0.1');
      await once(server, 'listening');
      replica.port = (server.address() as AddressInfo).port;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return replica;
}

let replicas: FakeReplica[];
let balancer: Balancer;

beforeEach(async () => {
  replicas = ['a', 'b'].map((name) => createFakeReplica(name));
  for (const replica of replicas) await replica.listen();
  balancer = await startBalancer({ port: 0, replicas, checkEveryMs: 5 });
  await eventually(async () => (await Promise.all([by(), by()])).sort().join('') === 'ab', { everyMs: 5 });
});

afterEach(async () => {
  await balancer.stop();
  for (const replica of replicas) await replica.close().catch(() => {});
});

async function send(): Promise<Response> {
  return fetch(`${balancer.url}/x`, { method: 'POST', body: 'hello' });
}

async function by(): Promise<string> {
  const answer = await send();
  await answer.text();
  return answer.headers.get('x-by') ?? String(answer.status);
}

describe('the balancer', () => {
  it('takes replicas in turn and passes status, headers and body on', async () => {
    const answer = await send();
    expect([answer.status, await answer.text()]).toEqual([201, 'hello']);
    const names = [await by(), await by(), await by(), await by()];
    expect(names.filter((name) => name === 'a')).toHaveLength(2);
  });

  it('leaves out a replica that says "not ready", and takes it again', async () => {
    replicas[0]!.isReady = false;
    await eventually(async () => [await by(), await by(), await by()].every((name) => name === 'b'), { everyMs: 5 });
    replicas[0]!.isReady = true;
    await eventually(async () => [await by(), await by()].includes('a'), { everyMs: 5 });
  });

  it('goes on to the next one where nobody listens, before any check has noticed', async () => {
    await replicas[0]!.close();
    expect([await by(), await by(), await by(), await by()]).toEqual(['b', 'b', 'b', 'b']);
    await replicas[0]!.listen();
  });

  it('never sends a request twice: one that its replica dropped is a 502 that names it', async () => {
    for (const replica of replicas) Object.assign(replica, { drops: true, asked: 0 });
    const answer = await send();
    expect(answer.status).toBe(502);
    expect(['a', 'b']).toContain(answer.headers.get('x-replica'));
    expect(Number(answer.headers.get('x-sent-at'))).toBeGreaterThan(0);
    await answer.text();
    expect(replicas.map(({ asked }) => asked).sort()).toEqual([0, 1]);
  });

  it('goes on with all of them when nobody is ready, and answers 503 when none lets a connection in', async () => {
    for (const replica of replicas) replica.isReady = false;
    await replicas[0]!.close();
    await eventually(async () => [await by(), await by(), await by()].every((name) => name === 'b'), { everyMs: 5 });
    await replicas[1]!.close();
    await eventually(async () => (await by()) === '503', { everyMs: 5 });
  });
});

leakCheck();
