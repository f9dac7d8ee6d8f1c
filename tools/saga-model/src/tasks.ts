import { type Envelope, parseEnvelope } from '@atlas/event-contracts';
import { DomainRejectionError, RetryLaterError } from '@atlas/messaging';
import { DependencyUnavailableError, newTraceparent, runWithContext } from '@atlas/platform';
import type { Billing } from './billing.ts';
import type { Message } from './network.ts';
import type { Io } from './runs.ts';
import { silent } from './silent.ts';
import type { Subscription } from './subscription.ts';

/** A piece of work that is done again until it has once ended well. */
export interface Task {
  readonly name: string;
  work(io: Io): Promise<unknown>;
}

/** What has become of a task that has ended by itself. Throws an error that nobody expects. */
export function fateOf(error: unknown): 'done' | 'again' | 'dead letter' {
  if (error === undefined) return 'done';
  if (error instanceof DomainRejectionError) return 'dead letter';
  if (error instanceof RetryLaterError || error instanceof DependencyUnavailableError) return 'again';
  throw error;
}

type Handler = (event: Envelope, context: object) => Promise<void>;

/** A message that a consumer hands to the handler of its service, in the context that it carries. */
export function handling(message: Message, { billing, subscription }: Services): Task {
  const { key, envelope } = parseEnvelope(message.body);
  return {
    name: `${message.service} hears ${key}`,
    work(io) {
      const { handlers } = message.service === 'billing' ? billing.processOver(io) : subscription.processOver(io);
      const handler = (handlers as unknown as Record<string, Handler | undefined>)[key];
      if (!handler) throw new Error(`${message.service} has no handler for ${key}`);
      const context = { signal: new AbortController().signal, attempt: 1, log: silent };
      const ids = { correlationId: envelope.correlation_id, causationId: envelope.id };
      return runWithContext({ ...ids, traceparent: newTraceparent() }, () => handler(envelope, context));
    },
  };
}

/** A request of a person, who asks again until there is an answer. */
export function asking(name: string, id: string, work: (io: Io) => Promise<unknown>): Task {
  const context = { correlationId: id, causationId: id, traceparent: newTraceparent(), userId: 'user-1' };
  return { name, work: (io) => runWithContext(context, () => work(io)) };
}

export interface Services {
  readonly billing: Billing;
  readonly subscription: Subscription;
}
