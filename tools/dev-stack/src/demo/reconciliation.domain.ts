/** What every completed order must cause, once each. */
export const consequences = ['mail', 'webhook', 'feed'] as const;
export type Consequence = (typeof consequences)[number];

/** An order that the system has taken, and how many of each consequence were seen so far. */
export interface TakenOrder {
  readonly eventId: string;
  /** Where it came from, for a person: "line 12 (538365)". */
  readonly origin: string;
  readonly seen: Readonly<Record<Consequence, number>>;
}

/** The `Message-ID` of the mail that an event causes: an order's confirmation, unless `mail` names another; `mailFrom` is the sender that is configured. */
export function messageIdOf(eventId: string, mailFrom: string, mail = 'order-confirmation'): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(mailFrom)?.[1]?.toLowerCase() ?? 'localhost';
  return `<${eventId}.${mail}@${domain}>`;
}

/** The `webhook-id` of the delivery of an event to an endpoint. */
export function webhookIdOf(eventId: string, endpointId: string): string {
  return `${eventId}.${endpointId}`;
}

export interface ConsequenceBalance {
  consequence: Consequence;
  expected: number;
  found: number;
  missing: TakenOrder[];
  doubled: TakenOrder[];
}

/** One balance per consequence: found counts orders that have it at least once, doubled those that have it more often. */
export function balance(orders: readonly TakenOrder[]): ConsequenceBalance[] {
  return consequences.map((consequence) => {
    const missing = orders.filter(({ seen }) => seen[consequence] === 0);
    const doubled = orders.filter(({ seen }) => seen[consequence] > 1);
    return { consequence, expected: orders.length, found: orders.length - missing.length, missing, doubled };
  });
}

/** How a run ended. */
export interface RunOutcome {
  kind: 'file' | 'generated';
  /** Lines of the file or orders made up, blank lines left out. */
  total: number;
  /** Completed or imported by this run. */
  taken: number;
  alreadyImported: number;
  /** Reported with their reasons while the run went on. */
  refused: number;
  /** Orders nobody answered for, or that the system failed on: nothing is known about them. */
  failed: number;
  balances: ConsequenceBalance[];
  /** By queue, since the run began. */
  deadLetters: { queue: string; count: number }[];
}

/** Why the run counts as failed, in sentences; empty when all is well. */
export function failuresOf(outcome: RunOutcome): string[] {
  const { kind, taken, alreadyImported, refused, failed, balances, deadLetters } = outcome;
  const missing = sum(balances.map((entry) => entry.missing.length));
  const doubled = sum(balances.map((entry) => entry.doubled.length));
  const dead = sum(deadLetters.map(({ count }) => count));
  return [
    ...(taken + alreadyImported === 0 ? ['No order was taken.'] : []),
    ...(failed > 0 ? [`${counted(failed, 'order')} without an answer that says what became of it.`] : []),
    // What this program made up must be good: only a file may hold bad orders.
    ...(kind === 'generated' && refused > 0 ? [`${counted(refused, 'order')} refused.`] : []),
    ...(missing > 0 ? [`${counted(missing, 'consequence')} missing.`] : []),
    ...(doubled > 0 ? [`${counted(doubled, 'consequence')} doubled.`] : []),
    ...(dead > 0 ? [`${counted(dead, 'dead letter')} appeared. npx atlas dlq list says why.`] : []),
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
