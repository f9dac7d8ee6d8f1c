import { RetryLaterError } from '@atlas/messaging';
import { BudgetFullError, type OutboundBudget } from '@atlas/shared-state';
import type { MailTemplate } from './mail.ts';
import type { Mailer } from './mailer.ts';
import type { MailRenderer } from './renderer.ts';

/**
 * A mail to be made and sent: `reference` is what it is about (the event id) and with the template names it for ever.
 */
export interface MailOrder<View extends object> {
  readonly template: MailTemplate<View>;
  readonly view: View;
  readonly reference: string;
  readonly to: readonly string[];
}

/** Where a handler hands in a mail. */
export interface MailDesk {
  /**
   * Renders and sends; fails as `Mailer.send` does, and with RetryLaterError when the budget of the mail provider was
   * full for five minutes. Sending twice is possible: callers run it under `context.once`.
   */
  send<View extends object>(order: MailOrder<View>, signal?: AbortSignal): Promise<void>;
}

/**
 * Who waits in place keeps the message in hand and burns none of its receives, so that being many is no failure; then the
 * consumer takes no more of them, which is the back-pressure that a full budget is for.
 */
const patienceMs = 5 * 60_000;
const comeAgainMs = 30_000;

/** A mail desk over a renderer and a mailer, within a budget where there is one. */
export function createMailDesk(deps: { renderer: MailRenderer; mailer: Mailer; budget?: OutboundBudget }): MailDesk {
  const { renderer, mailer, budget } = deps;
  return {
    async send({ template, view, reference, to }, signal) {
      const mail = renderer.render(template, view, { reference, to });
      const slot = await budget?.acquire({ waitMs: patienceMs, signal }).catch(later);
      try {
        // Not cut off when the slot's lease is lost: a mail that is sent twice is worse than one too many at a time.
        await mailer.send(mail, signal);
      } finally {
        void slot?.release();
      }
    },
  };
}

function later(error: unknown): never {
  if (error instanceof BudgetFullError) throw new RetryLaterError(error.message, comeAgainMs, { cause: error });
  throw error;
}
