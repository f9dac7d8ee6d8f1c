/** One line of the crash matrix of reporting: where a process dies, and what the reports say in the end. */
export interface ReportingCrashCase {
  readonly step: string;
  /** `small`: an order that is counted in one transaction. `large`: one whose lines need more than one. */
  readonly order: 'small' | 'large';
  /** What had happened when it died. */
  readonly had: string;
  /** Who puts it right, and how. */
  readonly then: string;
}

/** What is in the journal of the one event, and how often the reports have counted its order. */
export interface ReportingOutcome {
  readonly journal: number;
  readonly counted: number;
  readonly deadLetters: number;
}

/** Wherever it dies: there is no other end. */
export const reportingEnd: ReportingOutcome = { journal: 1, counted: 1, deadLetters: 0 };

/**
 * The steps of its own at which reporting can die on the way of `order.completed`, in the order of the way. Those of every
 * consumer are in the matrix of all services.
 */
export const reportingCrashCases: readonly ReportingCrashCase[] = [
  {
    step: 'projection.before-commit',
    order: 'small',
    had: 'packed into a transaction, nothing written',
    then: 'SQS shows the message again after the visibility timeout',
  },
  {
    step: 'projection.after-commit',
    order: 'small',
    had: 'journal, marks and increments in one transaction; how far the projection is has not been written',
    then: 'the message comes again, its marks are there, nothing is added; `as_of` is written',
  },
  {
    step: 'projection.after-commit',
    order: 'large',
    had: 'one of the several transactions of an order of 160 lines',
    then: 'the message comes again; the chunks whose marks are missing are added, the others are not',
  },
  {
    step: 'projection.progress',
    order: 'small',
    had: 'everything counted and `as_of` written, the message not acknowledged',
    then: 'the message comes again, its marks are there, nothing is added',
  },
  {
    step: 'consumer.handled',
    order: 'small',
    had: 'handler done, the inbox not marked',
    then: 'as above',
  },
];

/** The name of a line: a step may be on more than one way. */
export const nameOf = ({ step, order }: ReportingCrashCase): string => `${step}, a ${order} order`;

/** The matrix as the Markdown table of docs/guarantees.md, with what the test saw. */
export function renderReportingMatrix(seen: ReadonlyMap<string, ReportingOutcome>): string {
  const rows = reportingCrashCases.map((crashCase) => {
    const outcome = seen.get(nameOf(crashCase));
    if (!outcome) throw new Error(`${nameOf(crashCase)} was not run`);
    const { step, order, had, then } = crashCase;
    const { journal, counted, deadLetters } = outcome;
    return `| \`${step}\` | ${order} | ${had} | ${then} | ${journal} | ${counted} | ${deadLetters} |`;
  });
  return [
    '| dies at | order | what had happened | what follows | in the journal | times counted | dead letters |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
