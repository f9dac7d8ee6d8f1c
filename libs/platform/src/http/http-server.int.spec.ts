import { Agent, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { SetupError } from '../errors.ts';
import { createHttpServer } from './http-server.ts';

const agents: Agent[] = [];
afterAll(() => agents.forEach((agent) => agent.destroy()));

function keepAliveAgent(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return agent;
}

async function fetchWith(agent: Agent, url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  return response;
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return body;
}

/** A server whose requests stay open until the test ends them. */
function holdingServer() {
  const arrived = Promise.withResolvers<ServerResponse>();
  const server = createHttpServer({ app: (_req, res) => arrived.resolve(res), port: 0 });
  return { server, arrived: arrived.promise };
}

describe('createHttpServer', () => {
  it('serves on a free port of the loopback address', async () => {
    const server = createHttpServer({ app: (_req, res) => void res.end('hello'), port: 0 });
    const { url, port } = await server.start();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await (await fetch(url)).text()).toBe('hello');
    await server.stop({ deadlineMs: 1_000 });
    await expect(fetch(url)).rejects.toThrow();
  });

  it('names the port when it is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const start = createHttpServer({ app: () => {}, port }).start();
    await expect(start).rejects.toThrow(SetupError);
    await expect(start).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`);
    other.close();
  });

  it('names a host that this machine does not have', async () => {
    await expect(createHttpServer({ app: () => {}, port: 0, host: '192.0.2.1' }).start()).rejects.toThrow(SetupError);
  });

  it('closes idle keep-alive connections at once', async () => {
    const server = createHttpServer({ app: (_req, res) => void res.end('x'), port: 0 });
    const { url } = await server.start();
    await bodyOf(await fetchWith(keepAliveAgent(), url));
    const begin = performance.now();
    await server.stop({ deadlineMs: 10_000 });
    expect(performance.now() - begin).toBeLessThan(5_000);
  });

  it('lets a running request finish and tells its client to close', async () => {
    const { server, arrived } = holdingServer();
    const { url } = await server.start();
    const answered = fetchWith(keepAliveAgent(), url);
    const response = await arrived;
    const stopped = server.stop({ deadlineMs: 10_000 });
    response.end('finished');
    const received = await answered;
    expect(received.headers.connection).toBe('close');
    expect(await bodyOf(received)).toBe('finished');
    await stopped;
  });

  it('closes the connection of an answer that had begun before the stop', async () => {
    const { server, arrived } = holdingServer();
    const { url } = await server.start();
    const answered = fetchWith(keepAliveAgent(), url);
    (await arrived).write('begun, ');
    const received = await answered;
    const stopped = server.stop({ deadlineMs: 60_000 });
    (await arrived).end('finished');
    expect(await bodyOf(received)).toBe('begun, finished');
    await stopped;
  });

  it('cuts off what does not finish before the deadline', async () => {
    const { server, arrived } = holdingServer();
    const { url } = await server.start();
    const answered = fetchWith(keepAliveAgent(), url);
    const cut = expect(answered).rejects.toThrow('socket hang up');
    await arrived;
    await server.stop({ deadlineMs: 20 });
    await cut;
  });

  it('can be stopped twice, and without having been started', async () => {
    const server = createHttpServer({ app: (_req, res) => void res.end(), port: 0 });
    await server.stop({ deadlineMs: 10 });
    const started = createHttpServer({ app: (_req, res) => void res.end(), port: 0 });
    await started.start();
    await Promise.all([started.stop({ deadlineMs: 10 }), started.stop({ deadlineMs: 10 })]);
  });
});
