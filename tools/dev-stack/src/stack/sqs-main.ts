import { existsSync } from 'node:fs';
import { Server, type ListenOptions } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startFauxqs } from 'fauxqs';
import { z } from 'zod';

const { SQS_PORT, SQS_DATA_DIR, AWS_REGION } = z
  .object({ SQS_PORT: z.coerce.number(), SQS_DATA_DIR: z.string().optional(), AWS_REGION: z.string() })
  .parse(process.env);

bindToLoopback();
if (SQS_DATA_DIR !== undefined) moveQueueUrls(SQS_DATA_DIR, SQS_PORT);
const server = await startFauxqs({
  port: SQS_PORT,
  defaultRegion: AWS_REGION,
  logger: false,
  ...(SQS_DATA_DIR === undefined ? {} : { dataDir: SQS_DATA_DIR }),
});

// A long poll may be open for 20 s; its client sees a closed connection and asks again.
process.once('SIGTERM', () => {
  setTimeout(() => process.exit(0), 1000).unref();
  void server.stop().then(() => process.exit(0));
});

/** The emulator listens on every address and asks for no credentials: keep it on this machine. */
function bindToLoopback(): void {
  const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
  Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
    const [options, ...rest] = args;
    return listen.call(this, { ...(options as ListenOptions), host: '127.0.0.1' }, ...rest);
  } as Server['listen'];
}

/** Stored queue URLs carry the port of the run that made the queue, and a client may call what GetQueueUrl answers. */
function moveQueueUrls(dataDir: string, port: number): void {
  const file = join(dataDir, 'fauxqs.db');
  if (!existsSync(file)) return;
  // atlas-local-ok: the SQS of a developer’s machine; it is looked into before it starts
  const database = new DatabaseSync(file);
  try {
    database
      .prepare("UPDATE sqs_queues SET url = ? || '/000000000000/' || name")
      .run(`http://sqs.${AWS_REGION}.localhost:${port}`);
  } finally {
    database.close();
  }
}
