/** One line of the crash matrix of the saga: where a process dies, and what everybody outside sees in the end. */
export interface SagaCrashCase {
  readonly step: string;
  readonly dies: 'billing' | 'subscription';
  /** `activates`: a plan that is sold. `reverses`: one that subscription has retired, so the money goes back. */
  readonly saga: 'activates' | 'reverses';
  /** What had happened when it died. */
  readonly had: string;
  /** Who puts it right, and how. */
  readonly then: string;
}

/** What the provider's ledger, the subscription and the customer's mailbox show of one charge. */
export interface SagaOutcome {
  readonly taken: number;
  readonly givenBack: number;
  readonly subscription: 'active' | 'none';
  readonly mails: number;
  readonly deadLetters: number;
}

/** Whoever dies where: there is no other end. */
export const sagaEnds: Readonly<Record<SagaCrashCase['saga'], SagaOutcome>> = {
  activates: { taken: 1, givenBack: 0, subscription: 'active', mails: 1, deadLetters: 0 },
  reverses: { taken: 1, givenBack: 1, subscription: 'none', mails: 1, deadLetters: 0 },
};

/** Every step at which a process can die on the way of a charge, in the order of the way. */
export const sagaCrashCases: readonly SagaCrashCase[] = [
  {
    step: 'charges.requested',
    dies: 'billing',
    saga: 'activates',
    had: 'request, event and command id committed, the caller has no answer',
    then: 'the caller asks again with its idempotency key, which is the charge: nothing is added',
  },
  {
    step: 'relay.claimed',
    dies: 'billing',
    saga: 'activates',
    had: 'outbox rows in DynamoDB committed and leased to the process, not sent',
    then: 'the lease runs out, the sweep of any relay finds the rows in the sparse index',
  },
  {
    step: 'relay.published',
    dies: 'billing',
    saga: 'activates',
    had: 'SNS has the event, the row does not say so',
    then: 'the event is published again with its id; the inbox absorbs the second copy',
  },
  {
    step: 'relay.marked',
    dies: 'billing',
    saga: 'activates',
    had: 'event published and marked',
    then: 'nothing to do',
  },
  {
    step: 'charge.answered',
    dies: 'billing',
    saga: 'activates',
    had: 'the provider has taken the money, nobody has noted it',
    then: 'the message comes again; the provider is asked for a payment with this charge id before one is made',
  },
  {
    step: 'charge.noted',
    dies: 'billing',
    saga: 'activates',
    had: 'success and both majors of its event committed',
    then: 'the message comes again and finds the charge done; a sweep publishes',
  },
  {
    step: 'subscription.before-commit',
    dies: 'subscription',
    saga: 'activates',
    had: 'activation decided, not committed',
    then: 'the message comes again and is decided again',
  },
  {
    step: 'subscription.after-commit',
    dies: 'subscription',
    saga: 'activates',
    had: 'activation, outcome of the charge and event committed, message not deleted',
    then: 'the message comes again, finds the outcome, and the recorded answer is published with its id',
  },
  {
    step: 'relay.published',
    dies: 'subscription',
    saga: 'activates',
    had: 'SNS has the answer, the row does not say so',
    then: 'published again with its id; billing and notification absorb the copy',
  },
  {
    step: 'consumer.handled',
    dies: 'subscription',
    saga: 'activates',
    had: 'handler done, inbox not marked',
    then: 'the handler runs again; the charge has its outcome for ever',
  },
  {
    step: 'subscription.after-commit',
    dies: 'subscription',
    saga: 'reverses',
    had: 'refusal, outcome of the charge and event committed, message not deleted',
    then: 'as above: the same answer again, never a second decision',
  },
  {
    step: 'reversal.requested',
    dies: 'billing',
    saga: 'reverses',
    had: 'noted that the money has to go back, the provider not asked',
    then: 'the message comes again, or the sweep of open charges finds it',
  },
  {
    step: 'reversal.answered',
    dies: 'billing',
    saga: 'reverses',
    had: 'the provider has given the money back, nobody has noted it',
    then: 'whoever carries on asks under the same key and gets the same refund',
  },
  {
    step: 'reversal.noted',
    dies: 'billing',
    saga: 'reverses',
    had: 'reversal and its event committed',
    then: 'the message comes again and finds the charge reversed; a sweep publishes',
  },
];

/** The name of a line: some steps are on both ways, or in both services. */
export const nameOf = ({ step, dies, saga }: SagaCrashCase): string => `${step} of ${dies}, ${saga}`;

/** The matrix as the Markdown table of docs/guarantees.md, with what the test saw. */
export function renderSagaMatrix(seen: ReadonlyMap<string, SagaOutcome>): string {
  const rows = sagaCrashCases.map((crashCase) => {
    const outcome = seen.get(nameOf(crashCase));
    if (!outcome) throw new Error(`${nameOf(crashCase)} was not run`);
    const { step, dies, saga, had, then } = crashCase;
    const { taken, givenBack, subscription, mails, deadLetters } = outcome;
    const counts = `${taken} | ${givenBack} | ${subscription} | ${mails} | ${deadLetters}`;
    return `| \`${step}\` | ${dies} | ${saga} | ${had} | ${then} | ${counts} |`;
  });
  return [
    '| dies at | who | saga | what had happened | what follows | taken | given back | subscription | e-mails | dead letters |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
