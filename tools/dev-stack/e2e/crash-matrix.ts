/** One line of the crash matrix: where a process dies, and what everybody outside sees in the end. */
export interface CrashCase {
  readonly step: string;
  readonly dies: 'gateway' | 'notification' | 'operator';
  readonly scenario: 'order' | 'refused mail' | 'redrive';
  /** What had happened when it died. */
  readonly had: string;
  /** Who puts it right, and how. */
  readonly then: string;
  /** Copies outside in the end. `deadLetters` before anybody redrives. */
  readonly expected: Outcome;
}

export interface Outcome {
  readonly mail: number;
  readonly webhook: number;
  readonly feed: number;
  readonly deadLetters: number;
}

const once: Outcome = { mail: 1, webhook: 1, feed: 1, deadLetters: 0 };

/** Every step at which a process can die on the way of `order.completed`, in the order of the way. */
export const crashCases: readonly CrashCase[] = [
  {
    step: 'orders.before-commit',
    dies: 'gateway',
    scenario: 'order',
    had: 'fact, event and stored answer written, not committed',
    then: 'PostgreSQL rolls back; the caller repeats the request with its idempotency key',
    expected: once,
  },
  {
    step: 'orders.after-commit',
    dies: 'gateway',
    scenario: 'order',
    had: 'fact and event committed, nobody told',
    then: 'the sweep of any relay publishes; the caller repeats and gets the stored answer',
    expected: once,
  },
  {
    step: 'relay.claimed',
    dies: 'gateway',
    scenario: 'order',
    had: 'outbox row leased, not sent',
    then: 'the lease runs out, the next sweep claims the row',
    expected: once,
  },
  {
    step: 'relay.published',
    dies: 'gateway',
    scenario: 'order',
    had: 'SNS has the event, the row does not say so',
    then: 'the event is published again with its id; the inbox absorbs the second copy',
    expected: once,
  },
  {
    step: 'relay.marked',
    dies: 'gateway',
    scenario: 'order',
    had: 'event published and marked',
    then: 'nothing to do',
    expected: once,
  },
  {
    step: 'consumer.received',
    dies: 'notification',
    scenario: 'order',
    had: 'message received, not claimed',
    then: 'SQS shows it again after the visibility timeout',
    expected: once,
  },
  {
    step: 'consumer.claimed',
    dies: 'notification',
    scenario: 'order',
    had: 'message leased, nothing done',
    then: 'the lease ends no later than the visibility timeout; another consumer claims it',
    expected: once,
  },
  {
    step: 'effect.leased',
    dies: 'notification',
    scenario: 'order',
    had: 'right to send the e-mail leased, not sent',
    then: 'the message comes again, the lease of the effect has run out, the e-mail is sent',
    expected: once,
  },
  {
    step: 'effect.ran',
    dies: 'notification',
    scenario: 'order',
    had: 'the mail server has taken the e-mail, nobody has noted it',
    then: '**the window:** the e-mail is sent again, with the same Message-ID',
    expected: { ...once, mail: 2 },
  },
  {
    step: 'effect.marked',
    dies: 'notification',
    scenario: 'order',
    had: 'e-mail sent and marked',
    then: 'the message comes again, the e-mail is skipped, the rest is done',
    expected: once,
  },
  {
    step: 'webhook.row-written',
    dies: 'notification',
    scenario: 'order',
    had: 'delivery row written, leased to the process that died',
    then: 'the lease of the row runs out, the sweep of any worker claims it',
    expected: once,
  },
  {
    step: 'webhook.claimed',
    dies: 'notification',
    scenario: 'order',
    had: 'delivery row claimed, not posted',
    then: 'as above',
    expected: once,
  },
  {
    step: 'webhook.posted',
    dies: 'notification',
    scenario: 'order',
    had: 'the receiver has answered 2xx, the row does not say so',
    then: '**the window:** posted again, with the same webhook-id',
    expected: { ...once, webhook: 2 },
  },
  {
    step: 'webhook.marked',
    dies: 'notification',
    scenario: 'order',
    had: 'delivered and marked',
    then: 'nothing to do',
    expected: once,
  },
  {
    step: 'consumer.handled',
    dies: 'notification',
    scenario: 'order',
    had: 'handler done, inbox not marked',
    then: 'the handler runs again; every effect is marked or is its own dedupe, so nothing happens',
    expected: once,
  },
  {
    step: 'consumer.marked',
    dies: 'notification',
    scenario: 'order',
    had: 'inbox marked, message not deleted',
    then: 'the message comes again and is deleted without its handler',
    expected: once,
  },
  {
    step: 'consumer.deleted',
    dies: 'notification',
    scenario: 'order',
    had: 'message deleted',
    then: 'nothing to do',
    expected: once,
  },
  {
    step: 'consumer.dead-letter-sent',
    dies: 'notification',
    scenario: 'refused mail',
    had: 'third failure: the message is in the dead-letter queue and still in its own',
    then: 'it comes again, fails again, and is dead-lettered a second time, with the same id',
    expected: { mail: 0, webhook: 1, feed: 1, deadLetters: 2 },
  },
  {
    step: 'redrive.sent',
    dies: 'operator',
    scenario: 'redrive',
    had: 'the dead letter is back in its queue and still in the dead-letter queue',
    then: 'redriving again sends it twice; the inbox absorbs the second',
    expected: once,
  },
  {
    step: 'redrive.deleted',
    dies: 'operator',
    scenario: 'redrive',
    had: 'redriven, no audit record of the end',
    then: 'nothing to do: the audit record of the start is there',
    expected: once,
  },
];

/** The matrix as the Markdown table of docs/guarantees.md, with what the test saw. */
export function renderMatrix(seen: ReadonlyMap<string, Outcome>): string {
  const rows = crashCases.map(({ step, dies, had, then }) => {
    const outcome = seen.get(step);
    if (!outcome) throw new Error(`the step ${step} was not run`);
    const { mail, webhook, feed, deadLetters } = outcome;
    return `| \`${step}\` | ${dies} | ${had} | ${then} | ${mail} | ${webhook} | ${feed} | ${deadLetters} |`;
  });
  return [
    '| dies at | who | what had happened | what follows | e-mails | webhooks | feed entries | dead letters |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
