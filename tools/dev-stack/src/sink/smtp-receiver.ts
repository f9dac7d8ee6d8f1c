import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupError } from '@atlas/platform';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { Behaviour } from './behaviour.ts';
import type { MailStore } from './mail-store.ts';

export interface SmtpReceiver {
  /** Resolves with the port once mail is accepted there; rejects when the port is taken. */
  start(): Promise<number>;
  /** Gives mails in flight a moment, then closes every connection with 421. */
  stop(): Promise<void>;
}

export interface SmtpReceiverOptions {
  /** 0 takes any free port. */
  port: number;
  host: string;
  store: MailStore;
  behaviour: Behaviour;
}

const maxMailBytes = 25 * 1024 * 1024;
const closeTimeoutMs = 500;
/** How long a client may be silent: RFC 5321, 4.5.3.2.7 asks for five minutes at least. */
const idleTimeoutMs = 5 * 60_000;

/** Accepts mail for every address over SMTP, and answers 250 only when the store has it. */
export function createSmtpReceiver({ port, host, store, behaviour }: SmtpReceiverOptions): SmtpReceiver {
  const stopping = new AbortController();

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<'keep' | 'drop'> {
    const raw = await buffer(stream);
    if (stream.sizeExceeded) throw smtpError(552, `A mail may have ${maxMailBytes} bytes.`);
    const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
    const to = session.envelope.rcptTo.map(({ address }) => address);
    const { delayMs, drop } = behaviour.acceptanceOf(to);
    if (delayMs > 0) await delay(delayMs, undefined, { signal: stopping.signal });
    await store.add({ from, to, raw });
    return drop ? 'drop' : 'keep';
  }

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: maxMailBytes,
    closeTimeout: closeTimeoutMs,
    socketTimeout: idleTimeoutMs,
    onRcptTo: ({ address }, _session, callback) => {
      const code = behaviour.refusalOf(address);
      callback(code === undefined ? null : smtpError(code, 'Refused, as asked for through /api/behaviour.'));
    },
    onData: (stream, session, callback) => {
      receive(stream, session).then((outcome) => {
        if (outcome === 'keep') callback(null, 'Kept');
        else for (const connection of server.connections) if (connection.id === session.id) connection.close();
      }, callback);
    },
  });
  // Clients that are killed in the middle of a mail are daily business here.
  server.on('error', () => undefined);

  return {
    start: async () => {
      const listening = server.listen(port, host);
      await once(listening, 'listening').catch((error: unknown) => {
        throw new SetupError(`Port ${port} on ${host} cannot be opened for mail. Choose another.`, { cause: error });
      });
      return (listening.address() as AddressInfo).port;
    },
    stop: async () => {
      stopping.abort();
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
