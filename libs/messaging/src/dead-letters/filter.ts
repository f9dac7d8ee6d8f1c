import type { DeadMessage } from './dead-message.ts';

/** Which dead letters are meant; what is left out restricts nothing. */
export interface DeadLetterFilter {
  /** Name of the dead-letter queue or of the queue it belongs to. */
  readonly queue?: string | undefined;
  /** The fingerprint or its beginning; `receive-limit` for messages without a reason. */
  readonly fingerprint?: string | undefined;
  readonly eventType?: string | undefined;
  /** Failed before this moment. */
  readonly before?: Date | undefined;
  /** Failed at this moment or later. */
  readonly after?: Date | undefined;
}

/** Whether a message of a chosen queue is meant. */
export function matches(filter: DeadLetterFilter, message: DeadMessage): boolean {
  const { fingerprint, eventType, before, after } = filter;
  if (fingerprint !== undefined && !message.fingerprint.startsWith(fingerprint)) return false;
  if (eventType !== undefined && message.eventType !== eventType) return false;
  if (before !== undefined && message.failedAt >= before) return false;
  return after === undefined || message.failedAt >= after;
}

/** The filter as it is written into the audit record. */
export function describeFilter(filter: DeadLetterFilter): Record<string, string> {
  const { queue, fingerprint, eventType, before, after } = filter;
  const fields = { queue, fingerprint, eventType, before: before?.toISOString(), after: after?.toISOString() };
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
  );
}
