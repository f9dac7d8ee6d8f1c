import { join } from 'node:path';
import { createHttpServer, createReleaseStack } from '@atlas/platform';
import type { Logger } from '@atlas/platform';
import { createBehaviour } from './behaviour.ts';
import { openHookSecrets } from './hook-secrets.ts';
import { openHookStore } from './hook-store.ts';
import { createSinkApp } from './http.ts';
import { openMailStore } from './mail-store.ts';
import { createSmtpReceiver } from './smtp-receiver.ts';

export interface SinkOptions {
  /** Where everything received is kept; absent: in memory, gone with the process. */
  dir?: string | undefined;
  /** 0 takes any free port. */
  httpPort: number;
  /** 0 takes any free port. */
  smtpPort: number;
  logger: Logger;
  clock: () => Date;
}

/** The world outside Atlas: mailboxes behind SMTP, webhook receivers, and pages and an API to look at both. */
export interface Sink {
  /** Resolves once mail and webhooks are accepted; SetupError when a port is taken. */
  start(): Promise<{ url: string; smtpUrl: string }>;
  /** Closes connections and files; what has been answered stays. */
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const stopDeadlineMs = 500;

/** Makes a sink; nothing is opened before `start`. */
export function createSink(options: SinkOptions): Sink {
  const { dir, httpPort, smtpPort, logger, clock } = options;
  const opened = createReleaseStack(logger);
  const pathOf = (name: string) => (dir === undefined ? undefined : join(dir, name));

  return {
    start: async () => {
      const mail = await openMailStore({ path: pathOf('mail'), clock });
      opened.defer('mail store', mail.close);
      const hooks = await openHookStore({ path: pathOf('hooks'), clock });
      opened.defer('hook store', hooks.close);
      const damaged = { mail: mail.damaged, hooks: hooks.damaged };
      if (damaged.mail + damaged.hooks > 0) logger.warn(damaged, 'records that could not be read are left out');
      const secrets = await openHookSecrets(pathOf('hook-secrets.json'));
      const behaviour = createBehaviour();

      const stopping = new AbortController();
      const smtp = createSmtpReceiver({ port: smtpPort, host, store: mail, behaviour });
      const app = createSinkApp({ mail, hooks, secrets, behaviour, logger, stopping: stopping.signal });
      const server = createHttpServer({ app, port: httpPort, host });
      const port = await smtp.start();
      opened.defer('smtp', smtp.stop);
      const { url } = await server.start();
      opened.defer('http', () => server.stop({ deadlineMs: stopDeadlineMs }));
      opened.defer('delays', () => stopping.abort());
      logger.info({ url, smtp_port: port, dir }, 'the outside world is ready');
      return { url, smtpUrl: `smtp://${host}:${port}` };
    },
    stop: opened.release,
  };
}
