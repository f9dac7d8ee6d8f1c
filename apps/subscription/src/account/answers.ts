import type { Envelope } from '@atlas/event-contracts';
import { type Publisher, toWireMessage } from '@atlas/messaging';
import { childTraceparent, currentContext, newTraceparent } from '@atlas/platform';

/** Tells again what became of a charge. */
export interface Answers {
  /**
   * Publishes a recorded event as it was, with its id, so that whoever has heard it takes it for the copy that it is. Rejects as
   * `Publisher.send` does. It needs no outbox: the message that asked for it comes again when this did not succeed.
   */
  repeat(answer: string): Promise<void>;
}

/** The answers of one service. */
export function createAnswers({ publisher }: { publisher: Publisher }): Answers {
  return {
    async repeat(answer) {
      const context = currentContext();
      const traceparent = context ? childTraceparent(context.traceparent) : newTraceparent();
      await publisher.send(toWireMessage(JSON.parse(answer) as Envelope, traceparent));
    },
  };
}
