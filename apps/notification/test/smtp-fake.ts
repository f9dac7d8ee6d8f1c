import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  readonly to: readonly string[];
  readonly messageId: string;
  readonly raw: string;
}

/** What the server says to a recipient or to a whole mail; undefined accepts. */
export interface SmtpBehaviour {
  recipient?: (address: string) => Promise<{ code: number; message: string } | undefined>;
  content?: () => Promise<{ code: number; message: string } | undefined>;
}

export interface SmtpFake {
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  /** Replaced by tests while the server runs. */
  behaviour: SmtpBehaviour;
  close(): Promise<void>;
}

/** A real SMTP server on a free port of 127.0.0.1 that keeps what it has accepted. */
export async function startSmtpFake(port = 0): Promise<SmtpFake> {
  const mails: ReceivedMail[] = [];
  const fake = { mails, behaviour: {} as SmtpBehaviour };
  const options: SMTPServerOptions = {
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onRcptTo(address, _session, callback) {
      void answer(fake.behaviour.recipient?.(address.address), callback);
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        const refusal = await fake.behaviour.content?.();
        if (refusal) return callback(smtpError(refusal));
        // The header may be folded: its value then begins on the next line.
        const messageId = /^Message-ID:\s+(\S+)/im.exec(raw)?.[1] ?? '';
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), messageId, raw });
        callback();
      });
    },
  };
  const server = new SMTPServer(options);
  // A client that is cut off in a test is no defect of the server.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: taken } = server.server.address() as AddressInfo;
  return Object.assign(fake, {
    url: `smtp://127.0.0.1:${taken}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

async function answer(
  refusal: Promise<{ code: number; message: string } | undefined> | undefined,
  callback: (error?: Error | null) => void,
): Promise<void> {
  const refused = await refusal;
  callback(refused ? smtpError(refused) : undefined);
}

function smtpError({ code, message }: { code: number; message: string }): Error {
  return Object.assign(new Error(message), { responseCode: code });
}
