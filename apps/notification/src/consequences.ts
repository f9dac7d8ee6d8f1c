import type { HandlerContext } from '@atlas/event-contracts';
import { RetryLaterError } from '@atlas/messaging';
import { isUnreachable } from '@atlas/platform';
import type { Contacts } from './contacts/dynamo-contacts.ts';
import type { Feed } from './feed/dynamo-feed.ts';
import type { MailDesk } from './mail/mail-desk.ts';
import type { FanOut } from './webhooks/fan-out.ts';

/** What an event may set in motion here; each handler picks from it. */
export interface Consequences {
  readonly mail: MailDesk;
  readonly fanOut: FanOut;
  readonly feed: Feed;
  readonly contacts: Contacts;
}

/**
 * Runs the effects of one event side by side, each tried whatever becomes of the others, and fails at the end when one
 * failed. A slow mail server does not delay the webhooks, and a full table does not keep the mail from being sent. Each
 * effect has its own protection against repetition, so the retry of the message resumes where this try stopped. An
 * outage goes before a failure, and so does an effect that asks to wait: the message waits and shows its failure afterwards.
 */
export async function runAll(
  context: Pick<HandlerContext, 'log'>,
  effects: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  const errors: unknown[] = [];
  const attempt = async ([effect, run]: [string, () => Promise<unknown>]) => {
    try {
      await run();
    } catch (error) {
      errors.push(error);
      context.log.warn({ effect, err: error }, 'effect failed');
    }
  };
  await Promise.all(Object.entries(effects).map(attempt));
  if (errors.length > 0)
    throw errors.find(isUnreachable) ?? errors.find((error) => error instanceof RetryLaterError) ?? errors[0];
}
