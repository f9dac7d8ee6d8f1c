import { randomUUID } from 'node:crypto';
import { createOutbox, outboxSchemaSql, type SqlExecutor } from '@atlas/messaging/postgres';
import pg from 'pg';
import { v7 as newId } from 'uuid';
import { sampleMeta, samplePayload } from './sample-order.ts';
import type { Stage } from './stage.ts';

export interface BenchDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A database with an outbox and a table of orders, for one lane. */
export async function createBenchDatabase(stage: Stage, name: string): Promise<BenchDatabase> {
  const url = new URL(stage.place.databaseUrl);
  await withClient(url.href, (client) => client.query(`CREATE DATABASE ${name}`));
  const admin = url.href;
  url.pathname = `/${name}`;
  await withClient(url.href, async (client) => {
    await client.query(outboxSchemaSql);
    await client.query('CREATE TABLE orders (id uuid PRIMARY KEY, total_cents integer NOT NULL)');
  });
  return {
    url: url.href,
    drop: () => withClient(admin, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

/** Puts so many events into the outbox, as `createOutbox` stores them. */
export async function fillOutbox(url: string, count: number): Promise<void> {
  const outbox = createOutbox({ source: 'gateway', clock: () => new Date(), newId });
  const chunk = 500;
  await withClient(url, async (client) => {
    for (let stored = 0; stored < count; stored += chunk) {
      const events = Array.from({ length: Math.min(chunk, count - stored) }, () => newOrderEvent());
      await outbox.add(executorOf(client), events);
    }
  });
}

/** The event of a new order. */
export function newOrderEvent() {
  const orderId = randomUUID();
  return { type: 'order.completed' as const, payload: samplePayload(orderId), meta: sampleMeta(orderId, 1) };
}

/** Lets the outbox write through a connection of node-postgres. */
export function executorOf(client: pg.ClientBase): SqlExecutor {
  return (text, values) => client.query(text, values);
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
