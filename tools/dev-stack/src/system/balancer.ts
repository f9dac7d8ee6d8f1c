import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';

export interface Balancer {
  readonly url: string;
  stop(): Promise<void>;
}

export interface Replica {
  readonly name: string;
  readonly port: number;
}

/** Headers that belong to one connection and are not passed on (RFC 9110, 7.6.1). */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te'];

const checkTimeoutMs = 3_000;

/** What a replica has said last, the best first: one that is busy answers late, one that says "not ready" is about to close its door. */
const healths = ['ready', 'silent', 'not ready'] as const;
type Health = (typeof healths)[number];

/**
 * What stands before several replicas of an app: takes those in turn that say they are ready (asked every `checkEveryMs`),
 * the others only where there is none, and goes on to the next one where no connection can be made. A request that was
 * sent is never sent again: when its replica dies with it, the answer is a 502 with `x-replica` and `x-sent-at` (epoch
 * milliseconds). Every request has a connection of its own, so that none is sent into one that its replica is just closing.
 */
export async function startBalancer(options: {
  port: number;
  replicas: readonly Replica[];
  checkEveryMs?: number;
}): Promise<Balancer> {
  const { port, replicas, checkEveryMs = 100 } = options;
  // atlas-local-ok: the balancer of a test is one process
  const heard = new Map<Replica, { readonly health: Health; readonly askedAt: number }>();
  let turn = 0;

  const note = (replica: Replica, health: Health, askedAt: number): void => {
    // Answers may come in another order than they were asked for.
    if (askedAt >= (heard.get(replica)?.askedAt ?? 0)) heard.set(replica, { health, askedAt });
  };
  const check = async (replica: Replica): Promise<void> => {
    const askedAt = performance.now();
    const signal = AbortSignal.timeout(checkTimeoutMs);
    const answer = await fetch(`http://127.0.0.1:${replica.port}/health/ready`, { signal }).catch(() => undefined);
    await answer?.body?.cancel();
    note(replica, answer === undefined ? 'silent' : answer.ok ? 'ready' : 'not ready', askedAt);
  };
  const inTurn = (): readonly Replica[] => {
    turn += 1;
    const first = turn % replicas.length;
    const all = [...replicas.slice(first), ...replicas.slice(0, first)];
    const being = (health: Health) => all.filter((replica) => (heard.get(replica)?.health ?? 'silent') === health);
    // As AWS's balancer does: when no replica passes its check, more likely the checks are slow than all are gone.
    return healths.flatMap(being);
  };

  const server = createServer(async (incoming, outgoing) => {
    for (const replica of inTurn()) {
      const socket = await connected(replica.port);
      if (socket !== undefined) return pass(incoming, outgoing, socket, replica);
      note(replica, 'silent', performance.now());
    }
    outgoing.writeHead(503, { 'retry-after': '1' }).end('no replica is ready');
  });
  // atlas-local-ok: the balancer of a test is one process
  const timer = setInterval(() => replicas.forEach((replica) => void check(replica)), checkEveryMs);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      clearInterval(timer);
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function connected(port: number): Promise<Socket | undefined> {
  const socket = connect(port, '127.0.0.1');
  // `once` rejects when the socket says "error" first.
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  // The request on it hears of a later error as well; a socket without a listener would end the process.
  socket.on('error', () => {});
  return isOpen ? socket : undefined;
}

async function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  socket: Socket,
  { name, port }: Replica,
): Promise<void> {
  const sentAt = Date.now();
  const sent = request({
    ...{ host: '127.0.0.1', port, method: incoming.method, path: incoming.url, agent: false },
    createConnection: () => socket,
    headers: { ...endToEnd(incoming.headers), connection: 'close' },
  });
  try {
    const [[answer]] = (await Promise.all([once(sent, 'response'), pipeline(incoming, sent)])) as [
      [IncomingMessage],
      void,
    ];
    outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    await pipeline(answer, outgoing);
  } catch {
    sent.destroy();
    if (outgoing.headersSent) return void outgoing.destroy();
    outgoing.writeHead(502, { 'x-replica': name, 'x-sent-at': String(sentAt) }).end('the replica did not answer');
  }
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)));
}
