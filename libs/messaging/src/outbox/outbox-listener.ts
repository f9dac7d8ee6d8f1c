import { setTimeout as delay } from 'node:timers/promises';
import pg, { type Client, type Pool } from 'pg';
import { outboxChannel } from './outbox-schema.ts';

export interface OutboxListener {
  stop(): Promise<void>;
}

const reconnectAfterMs = 500;

/**
 * Listens for commits that put events into the outbox, on a connection of its own, because a pooled one may be taken
 * away or be short. Reconnects for ever; `onWake` is also called after each connect, for what was committed meanwhile.
 * Silent about its failures: the relay's own queries meet the same outage and report it.
 */
export function startOutboxListener(options: { pool: Pool; onWake: () => void }): OutboxListener {
  const stopping = new AbortController();
  const running = listenUntil(stopping.signal, options);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function listenUntil(stop: AbortSignal, { pool, onWake }: { pool: Pool; onWake: () => void }): Promise<void> {
  // pg-pool hides the password from enumeration, so that spreading alone would lose it.
  const config = { ...pool.options, password: pool.options.password, keepAlive: true };
  while (!stop.aborted) {
    const client = new pg.Client(config);
    try {
      await listenOnce(client, stop, onWake);
    } catch {
      await delay(reconnectAfterMs, undefined, { signal: stop }).catch(() => {});
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
  try {
    await Promise.race([client.connect().then(() => client.query(`LISTEN ${outboxChannel}`)), over.promise]);
    onWake();
    await over.promise;
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}
