import { lineOf, type Program, textOf } from '@atlas/state-audit/engine';
import type { Proof } from '../model.ts';

/** Packages whose work nobody waits for: mail, messages, pushes, queues. */
const LATER: readonly (readonly [RegExp, string])[] = [
  [
    /^(nodemailer.*|@sendgrid\/mail|mailgun(\.js|-js)?|postmark|mailersend|resend|email-templates|smtp-.*|@mailchimp\/.*|node-mailjet|@aws-sdk\/client-ses(v2)?|emailjs|sendmail|mailparser)$/,
    'sends mail',
  ],
  [
    /^(twilio|messagebird|nexmo|@vonage\/.*|plivo|@slack\/.*|telegraf|node-telegram-bot-api|discord\.js|web-push|firebase-admin|apn|@parse\/node-apn|node-pushnotifications|node-gcm|onesignal-node|expo-server-sdk)$/,
    'sends messages',
  ],
  [
    /^(bull|bullmq|bee-queue|kue|agenda|amqplib|kafkajs|node-rdkafka|@aws-sdk\/client-(sqs|sns|eventbridge)|@google-cloud\/(pubsub|tasks)|@azure\/service-bus|nats|stompit|pg-boss|graphile-worker|rsmq|sqs-consumer|sqs-producer|celery-node)$/,
    'hands work to a queue',
  ],
];

/** Where a module talks to the outside without anybody needing the answer. */
export function readEffects(program: Program): (Proof & { readonly effect: string })[] {
  return program.units.flatMap((unit) => {
    const imported = LATER.filter(([modules]) => [...unit.imports].some((name) => modules.test(name)));
    const calls = unit.functions.flatMap((fn) =>
      fn.calls.flatMap((call) => {
        const values = program.phases.callees.get(call) ?? [];
        const hit = LATER.find(([modules]) => values.some((v) => v.t === 'ext' && modules.test(v.module)));
        const effect =
          hit?.[1] ??
          (isWebhook(fn.name, unit.path, call.expression.getText(), values.length) ? 'calls a webhook' : undefined);
        return effect
          ? [{ ...{ file: unit.path, line: lineOf(call), text: textOf(call, 80), says: effect }, effect }]
          : [];
      }),
    );
    if (calls.length > 0) return calls;
    return imported.map(([, effect]) => ({ ...{ file: unit.path, line: 1, text: '', says: effect }, effect }));
  });
}

function isWebhook(fnName: string, path: string, callee: string, _known: number): boolean {
  return (
    /^(fetch|axios|got|request|superagent)(\.|$)|\.post$/.test(callee) &&
    /webhook|slack|push|notif/i.test(`${fnName} ${path}`)
  );
}
