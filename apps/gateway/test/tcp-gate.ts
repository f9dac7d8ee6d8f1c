import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A door before a server of the stack, which a test can close without stopping the server that others use too. */
export interface TcpGate {
  readonly port: number;
  /** Cuts every connection and refuses new ones. */
  close(): void;
  /** Lets connections through again. */
  open(): void;
  end(): Promise<void>;
}

/** Opens a gate on a free port of 127.0.0.1 that leads to `target` (host and port of this URL). */
export async function startTcpGate(target: string): Promise<TcpGate> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let closed = false;
  const server = createServer((near) => {
    if (closed) return void near.destroy();
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      closed = true;
      cut();
    },
    open() {
      closed = false;
    },
    async end() {
      const ended = new Promise((resolve) => server.close(resolve));
      cut();
      await ended;
    },
  };
}
