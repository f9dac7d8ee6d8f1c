import Handlebars from 'handlebars';
import { layout } from './layout.ts';
import type { MailTemplate, OutgoingMail } from './mail.ts';

/** Turns a template and its view into a mail. */
export interface MailRenderer {
  /**
   * Renders subject, text and HTML. Values are escaped in HTML, and never in the text part. Throws when the template
   * names a field that the view does not have: a mail with a hole is worse than a dead letter.
   */
  render<View extends object>(
    template: MailTemplate<View>,
    view: View,
    envelope: { reference: string; to: readonly string[] },
  ): OutgoingMail;
}

interface Compiled {
  subject: Handlebars.TemplateDelegate;
  text: Handlebars.TemplateDelegate;
  html: Handlebars.TemplateDelegate;
}

/** A renderer with a Handlebars of its own; each template is compiled at its first use. */
export function createMailRenderer(): MailRenderer {
  const handlebars = Handlebars.create();
  const compiled = new WeakMap<object, Compiled>();
  const compile = (template: { subject: string; text: string; html: string }): Compiled => ({
    subject: handlebars.compile(template.subject, { noEscape: true, strict: true }),
    text: handlebars.compile(template.text, { noEscape: true, strict: true }),
    html: handlebars.compile(template.html, { strict: true }),
  });
  const frame = compile({ subject: '', ...layout });

  return {
    render(template, view, { reference, to }) {
      const parts = compiled.get(template) ?? compile(template);
      compiled.set(template, parts);
      const subject = oneLine(parts.subject(view));
      return {
        reference,
        to,
        template: template.name,
        subject,
        text: frame.text({ body: parts.text(view).trim() }),
        html: frame.html({ subject, body: parts.html(view).trim() }),
      };
    },
  };
}

/** A name with a line break must not be able to add a header; nodemailer folds too, but the log shows this one. */
function oneLine(subject: string): string {
  return subject.replace(/\s+/g, ' ').trim();
}
