import { setTimeout as delay } from 'node:timers/promises';
import pg, { type Client, type Pool } from 'pg';
import { timed } from './outbox-queries.ts';
import { outboxChannel } from './outbox-schema.ts';

const reconnectAfterMs = 500;
/** A connection that only listens never notices by itself that the other end has vanished. */
const checkEveryMs = 15_000;

/**
 * Listens for commits that put events into the outbox until `signal` is aborted, on a connection of its own, because a
 * pooled one may be taken away. Reconnects for ever; `onWake` is also called after each connect, for what was committed
 * meanwhile. Silent about its failures: the relay's own queries meet the same outage and report it.
 */
export async function listenToOutbox(options: { pool: Pool; onWake: () => void; signal: AbortSignal }): Promise<void> {
  const { pool, onWake, signal } = options;
  // pg-pool hides the password from enumeration, so that spreading alone would lose it.
  const config = { ...pool.options, password: pool.options.password, keepAlive: true };
  while (!signal.aborted) {
    const client = new pg.Client(config);
    try {
      await listenOnce(client, signal, onWake);
    } catch {
      await delay(reconnectAfterMs, undefined, { signal }).catch(() => {});
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** Resolves at `stop`, rejects when the connection is lost or not made. */
async function listenOnce(client: Client, stop: AbortSignal, onWake: () => void): Promise<void> {
  const over = Promise.withResolvers<void>();
  const onStop = () => over.resolve();
  stop.addEventListener('abort', onStop);
  // Stays for the whole life of the client: an error that nobody listens to would end the process.
  client.on('error', over.reject);
  client.once('end', () => over.reject(new Error('connection ended')));
  client.on('notification', onWake);
  const check = setInterval(() => client.query(timed('SELECT 1')).catch(over.reject), checkEveryMs);
  try {
    await Promise.race([connectAndListen(client), over.promise]);
    onWake();
    await over.promise;
  } finally {
    clearInterval(check);
    stop.removeEventListener('abort', onStop);
  }
}

async function connectAndListen(client: Client): Promise<void> {
  await client.connect();
  await client.query(timed(`LISTEN ${outboxChannel}`));
}
