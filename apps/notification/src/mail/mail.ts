/**
 * A mail as Handlebars sources. `name` is also the name of the effect: it is in the Message-ID, in the mark that keeps
 * the mail from being sent twice, and in the metrics, so it never changes once mails have been sent. `text` is not
 * escaped, `html` is; both are wrapped in the layout.
 */
export interface MailTemplate<View extends object> {
  readonly name: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Never set: ties the template to the view it is rendered with. */
  readonly view?: View;
}

/** A mail that is ready to be handed to the mail server. */
export interface OutgoingMail {
  /**
   * What the mail is about, unique for this template: the event id, so that a repeated mail has the same Message-ID.
   */
  readonly reference: string;
  readonly template: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/**
 * The Message-ID of a mail: `<{reference}.{template}@{domain}>`, the same however often it is computed (RFC 5322,
 * 3.6.4).
 */
export function messageIdOf(mail: Pick<OutgoingMail, 'reference' | 'template'>, domain: string): string {
  return `<${mail.reference}.${mail.template}@${domain}>`;
}

/** The domain of `MAIL_FROM`, which may be an address (`a@b.c`) or a name with one (`Atlas <a@b.c>`). */
export function domainOfSender(from: string): string {
  const match = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from);
  if (!match?.[1]) throw new Error(`MAIL_FROM "${from}" has no domain`);
  return match[1].toLowerCase();
}
