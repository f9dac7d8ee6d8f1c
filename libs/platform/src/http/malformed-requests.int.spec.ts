import { once } from 'node:events';
import { connect } from 'node:net';
import { createHttpServer, type HttpServer } from './http-server.ts';

let server: HttpServer;
let port: number;

beforeAll(async () => {
  server = createHttpServer({ app: (_req, res) => void res.write('begun'), port: 0 });
  ({ port } = await server.start());
});

afterAll(() => server.stop({ deadlineMs: 0 }));

/** Sends the parts on a connection of its own, each after an answer to the one before, and returns all that came back. */
async function send(...parts: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const received: string[] = [];
  socket.on('data', (chunk) => received.push(String(chunk)));
  const closed = once(socket, 'close');
  for (const [index, part] of parts.entries()) {
    if (index > 0) await once(socket, 'data');
    socket.write(part);
  }
  await closed;
  return received.join('');
}

describe('what never becomes a request', () => {
  it.each([
    [
      'headers beyond 16 KiB',
      `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    ['a URL beyond 16 KiB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    [
      'a header with a control character',
      'GET / HTTP/1.1\r\nhost: x\r\nx-bad: a\u0000b\r\n\r\n',
      400,
      'MALFORMED_REQUEST',
    ],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 400, 'MALFORMED_REQUEST'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
      'MALFORMED_REQUEST',
    ],
  ])('%s is refused with a problem', async (_what, bytes, status, code) => {
    const [head = '', body = ''] = (await send(bytes)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('content-type: application/problem+json');
    expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toMatchObject({ status, code, detail: expect.any(String) });
  });

  it('never puts a second answer into one that has begun', async () => {
    const request = 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
    const answer = await send(request, 'no chunk size\r\n');
    expect(answer).toContain('begun');
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});
