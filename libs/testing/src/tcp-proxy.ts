import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface TcpProxy {
  /** The target's URL with the address of the proxy. */
  url: string;
  /** Cuts every connection and refuses new ones, as a server does that was stopped. */
  cut(): Promise<void>;
  /** Cuts every connection and closes new ones as soon as they are made, as a load balancer does without its server. */
  slam(): void;
  /** Accepts connections again after `cut` or `slam`, and passes on what `freeze` held back. */
  restore(): Promise<void>;
  /** Keeps connections open but passes nothing on, as a machine does that hangs or a network that swallows packets. */
  freeze(): void;
  close(): Promise<void>;
}

/** A TCP proxy on a free port in front of the server of `targetUrl`, to test what an outage of it does. */
export async function startTcpProxy(targetUrl: string, defaultPort?: number): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const targetPort = Number(target.port) || defaultPort;
  if (!targetPort) throw new Error(`${targetUrl} has no port: give the default port of its protocol.`);
  const pairs = new Set<[Socket, Socket]>();
  let frozen = false;
  let slamming = false;
  const server = createServer((client) => {
    if (slamming) return void client.destroy();
    const upstream = connect(targetPort, target.hostname);
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    for (const [socket, other] of [pair, [upstream, client]] as const) {
      socket.on('data', (chunk) => void other.write(chunk));
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        other.destroySoon();
      });
      if (frozen) socket.pause();
    }
  });
  const port = await listen(server, 0);
  target.hostname = '127.0.0.1';
  target.port = String(port);
  const each = (act: (socket: Socket) => void) => [...pairs].flat().forEach(act);
  const cut = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    each((socket) => socket.destroy());
    await closed;
  };
  return {
    url: target.href,
    cut,
    slam() {
      slamming = true;
      each((socket) => socket.destroy());
    },
    async restore() {
      frozen = false;
      slamming = false;
      each((socket) => socket.resume());
      if (!server.listening) await listen(server, port);
    },
    freeze() {
      frozen = true;
      each((socket) => socket.pause());
    },
    close: cut,
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
