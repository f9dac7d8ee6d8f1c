import { connect, createServer } from 'node:net';
import { z } from 'zod';

const { SQS_PORT, ATLAS_SNS_SQS_URL } = z
  .object({ SQS_PORT: z.coerce.number(), ATLAS_SNS_SQS_URL: z.url() })
  .parse(process.env);
const { hostname, port } = new URL(ATLAS_SNS_SQS_URL);

// Bytes pass as they are; LocalStack takes HTTP and HTTPS at the same port. Whichever side ends takes the other with it.
createServer({ noDelay: true }, (client) => {
  const server = connect({ host: hostname, port: Number(port) || 4566, noDelay: true });
  const pair = [client, server];
  for (const [socket, other] of [pair, pair.toReversed()] as [typeof client, typeof server][]) {
    socket.pipe(other);
    socket.on('error', () => {});
    socket.on('close', () => other.destroySoon());
  }
}).listen(SQS_PORT, '127.0.0.1');

// Who is connected sees a connection that breaks, as when the emulator of the stack is stopped.
process.once('SIGTERM', () => process.exit(0));
