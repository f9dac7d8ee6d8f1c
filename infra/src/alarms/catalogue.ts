/** What is wrong when an alarm sounds, where it says what to do, and when it sounds. */
export interface AlarmKind {
  /** In words for the person it wakes. */
  readonly says: string;
  /** The file in docs/runbooks, without `.md`. */
  readonly runbook: string;
  /** Sounds above this value, for `minutes` minutes in a row. */
  readonly above: number;
  readonly minutes: number;
}

/**
 * Every alarm of the system, as data: CloudWatch's are made of it (a queue's per queue, the others per app), and a test holds
 * the rules of Prometheus in docker/observability/alerts.yaml to it.
 */
export const alarmKinds = {
  'dlq-depth': {
    says: 'Messages could not be handled and wait for a person.',
    ...{ runbook: 'dead-letters', above: 0, minutes: 1 },
  },
  'queue-age': {
    // Longer than any back-off of a message that is being tried again.
    says: 'Messages wait longer than ten minutes: the consumer does not keep up, or has stopped.',
    ...{ runbook: 'queue-age', above: 600, minutes: 3 },
  },
  '5xx': {
    says: 'More than 5 answers a minute are 5xx.',
    ...{ runbook: 'server-errors', above: 5, minutes: 3 },
  },
  p99: {
    says: 'The slowest 1 % of answers takes longer than a second.',
    ...{ runbook: 'slow-answers', above: 1, minutes: 5 },
  },
  'outbox-age': {
    says: 'A fact has been committed and not published for more than a minute.',
    ...{ runbook: 'outbox-age', above: 60, minutes: 3 },
  },
  'outbox-parked': {
    says: 'Events were set aside because SNS keeps refusing them.',
    ...{ runbook: 'outbox-age', above: 0, minutes: 1 },
  },
  'projection-lag': {
    says: 'Reports are more than 5 s behind what has happened.',
    ...{ runbook: 'projection-lag', above: 5, minutes: 5 },
  },
  'charges-unresolved': {
    says: 'Money was taken and nobody has said what became of the plan.',
    ...{ runbook: 'charge-unresolved', above: 0, minutes: 3 },
  },
  'reversals-parked': {
    says: 'Money is owed to a customer and a person has to decide.',
    ...{ runbook: 'reversal-parked', above: 0, minutes: 3 },
  },
} as const satisfies Record<string, AlarmKind>;

export type AlarmName = keyof typeof alarmKinds;
