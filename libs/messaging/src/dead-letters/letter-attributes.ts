import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { DEAD_LETTER_ATTRIBUTE, type DeadLetter, encodeDeadLetter } from './dead-letter.ts';

export type Attributes = Record<string, MessageAttributeValue>;

/** SQS allows ten attributes, and the reason is one of them. */
const MOST_ATTRIBUTES = 10;

/** The attributes that every Atlas message has; foreign ones give way to them. */
const OURS: ReadonlySet<string> = new Set(['EventType', 'EventKey', 'TenantId', 'traceparent']);

/**
 * The attributes of a dead letter, from the fullest form to the smallest. A message that fills all that SQS takes leaves
 * no room for a whole reason: a short one, or none, is better than a message that cannot be moved.
 */
export const letterForms: readonly ((source: Attributes | undefined, letter: DeadLetter) => Attributes)[] = [
  (source, letter) => withReason(source, letter),
  (source, letter) => withReason(source, { ...letter, ...nothingLong }),
  (source) => withoutReason(source),
];

const nothingLong = { message: '', stack_digest: '', location: undefined, handler: '', service: '', trace_id: '' };

/** What a redriven message keeps: everything but the reason of its last death. */
export function withoutReason(source: Attributes | undefined): Attributes {
  const { [DEAD_LETTER_ATTRIBUTE]: _reason, ...kept } = source ?? {};
  return kept;
}

function withReason(source: Attributes | undefined, letter: DeadLetter): Attributes {
  const kept = Object.entries(withoutReason(source))
    .sort(([a], [b]) => Number(OURS.has(b)) - Number(OURS.has(a)))
    .slice(0, MOST_ATTRIBUTES - 1);
  const reason = { DataType: 'String', StringValue: encodeDeadLetter(letter) };
  return { ...Object.fromEntries(kept), [DEAD_LETTER_ATTRIBUTE]: reason };
}
