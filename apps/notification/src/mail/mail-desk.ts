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
  /** Renders and sends; fails as `Mailer.send` does. Sending twice is possible: callers run it under `context.once`. */
  send<View extends object>(order: MailOrder<View>, signal?: AbortSignal): Promise<void>;
}

/** A mail desk over a renderer and a mailer. */
export function createMailDesk({ renderer, mailer }: { renderer: MailRenderer; mailer: Mailer }): MailDesk {
  return {
    send: ({ template, view, reference, to }, signal) =>
      mailer.send(renderer.render(template, view, { reference, to }), signal),
  };
}
