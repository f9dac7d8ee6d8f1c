import { RetryLaterError } from '@atlas/messaging';
import { DependencyUnavailableError } from '@atlas/platform';
import { MailRejectedError } from '../errors.ts';

interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  response?: string;
  command?: string;
}

/** The codes of nodemailer that say "this message", not "this connection" (nodemailer, lib/errors). */
const aboutTheMessage: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE', 'EMAXRECIPIENTS']);

/** What greylisting servers ask for at least. RFC 5321 (4.5.4.1) would wait thirty minutes. */
const greylistedMs = 60_000;

/**
 * Says whose fault a failed mail is. A final refusal of the recipient or the content (5yz of RFC 5321 while the message
 * is handed over) becomes a MailRejectedError: a failure that is counted and ends as a dead letter. A recipient that is
 * not taken now (450, 451: busy, greylisted) becomes a RetryLaterError: that mail waits `deferredMs`, the others do not. Everything
 * else is the server's state and becomes a DependencyUnavailableError, which is not counted: no connection, timeouts,
 * 421 and other 4yz, and refused credentials, because a password that was changed must not dead-letter the mails of
 * everybody. An abort by our own lease is returned as it is.
 */
export function classifySmtpError(error: unknown, messageId: string, deferredMs = greylistedMs): Error {
  const failure = error as SmtpError;
  if (failure.name === 'AbortError') return failure;
  if (isFinal(failure)) {
    const reason = failure.response ?? failure.message;
    return new MailRejectedError(messageId, reason.slice(0, 500), failure.responseCode, { cause: error });
  }
  if (isAboutRecipientNow(failure)) {
    return new RetryLaterError(`${messageId} is not taken now: ${failure.response}`, deferredMs, { cause: error });
  }
  return new DependencyUnavailableError('smtp', { cause: error });
}

function isAboutRecipientNow({ code, responseCode, command }: SmtpError): boolean {
  return code === 'EENVELOPE' && command === 'RCPT TO' && (responseCode === 450 || responseCode === 451);
}

function isFinal({ code, responseCode }: SmtpError): boolean {
  if (code === undefined || !aboutTheMessage.has(code)) return false;
  // Without a reply nodemailer itself has refused, for example an address that cannot be written in an envelope.
  if (responseCode === undefined) return true;
  // 503 is about the order of commands: the state of the connection, not the message (RFC 5321, 4.2.4).
  return responseCode >= 500 && responseCode < 600 && responseCode !== 503;
}
