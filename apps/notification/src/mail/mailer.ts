import { setTimeout as delay } from 'node:timers/promises';
import type { Metrics } from '@atlas/platform';
import { createTransport } from 'nodemailer';
import { MailRejectedError } from '../errors.ts';
import { withTimeLimit } from '../time-limit.ts';
import { domainOfSender, messageIdOf, type OutgoingMail } from './mail.ts';
import { classifySmtpError } from './smtp-errors.ts';

/** Hands mails to the mail server. */
export interface Mailer {
  /**
   * Resolves when the server has accepted the mail for every recipient. Throws MailRejectedError or
   * DependencyUnavailableError; an aborted signal cuts the transfer off, and the mail may then have been accepted or
   * not.
   */
  send(mail: OutgoingMail, signal?: AbortSignal): Promise<void>;
  /** Throws when the server does not take a session (TCP, greeting, login). A good answer is good for two seconds. */
  check(): Promise<void>;
  /** Lets running transfers end for at most `deadlineMs`, then cuts them off. */
  close(options: { deadlineMs: number }): Promise<void>;
}

export interface MailerOptions {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  url: string;
  from: string;
  metrics: Metrics;
  now: () => number;
  /** Sessions kept open with the server; at ~20 ms a mail, 10 are enough for 500 mails/s. */
  maxConnections?: number;
  /** How long one mail may take from the first byte to the acceptance; shorter than the visibility of a message. */
  timeoutMs?: number;
  /** How long a mail waits whose recipient is not taken now; a minute. Tests shorten it. */
  deferredMs?: number | undefined;
}

const checkReuseMs = 2_000;

/** A mailer over a pool of SMTP sessions. */
export function createMailer(options: MailerOptions): Mailer {
  const { url, from, now, maxConnections = 10, timeoutMs = 20_000, deferredMs } = options;
  const domain = domainOfSender(from);
  const transport = createTransport(poolOptions(url, maxConnections, timeoutMs));
  const sent = options.metrics.counter('mails_total', 'Mails handed to the mail server.', ['template', 'outcome']);
  // atlas-local-ok: what this replica is sending, to wait for at stop, and when its own connection last worked; leases are in Redis
  const transfers = new Set<Promise<void>>();
  let lastGoodCheck = Number.NEGATIVE_INFINITY;

  const transfer = (mail: OutgoingMail, outer?: AbortSignal): Promise<void> => {
    const messageId = messageIdOf(mail, domain);
    return withTimeLimit(timeoutMs, outer, async ({ signal, exceeded }) => {
      try {
        await transport.sendMail({
          ...{ from, messageId, to: [...mail.to], subject: mail.subject, text: mail.text, html: mail.html },
          // RFC 3834: no vacation replies to a machine.
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Atlas-Template': mail.template },
          signal,
        });
        sent.inc({ template: mail.template, outcome: 'accepted' });
      } catch (error) {
        const reason = exceeded() ? new Error(`no answer within ${timeoutMs} ms`, { cause: error }) : error;
        const classified = classifySmtpError(reason, messageId, deferredMs);
        const outcome = classified instanceof MailRejectedError ? 'rejected' : 'unavailable';
        sent.inc({ template: mail.template, outcome });
        throw classified;
      }
    });
  };

  return {
    send(mail, signal) {
      const running = transfer(mail, signal).finally(() => transfers.delete(running));
      transfers.add(running);
      return running;
    },
    async check() {
      if (now() - lastGoodCheck < checkReuseMs) return;
      await transport.verify();
      lastGoodCheck = now();
    },
    async close({ deadlineMs }) {
      const deadline = new AbortController();
      await Promise.race([
        Promise.allSettled(transfers),
        delay(deadlineMs, undefined, { signal: deadline.signal }).catch(() => {}),
      ]);
      deadline.abort();
      transport.close({ force: true });
    },
  };
}

/**
 * `maxRequeues: 0`: nodemailer would send a mail again when its connection closes under it, also when the server had
 * taken it already. Whether to repeat is decided by the message's own retry, which counts and marks.
 */
function poolOptions(url: string, maxConnections: number, timeoutMs: number) {
  return {
    pool: true as const,
    url,
    maxConnections,
    maxMessages: Number.POSITIVE_INFINITY,
    maxRequeues: 0,
    // Most servers close an idle session after some minutes; one that we leave first cannot be lost under a mail.
    idleTimeout: 30_000,
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
