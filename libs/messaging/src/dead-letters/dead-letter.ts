import { z } from 'zod';
import { fingerprintOf, normalisedFrames, stackDigest } from './fingerprint.ts';

/** The message attribute that tells why a message is in a dead-letter queue. */
export const DEAD_LETTER_ATTRIBUTE = 'DeadLetter';

/** Bytes of the attribute's JSON, so that it always fits beside a body of 256 KiB in a message of at most 1 MiB. */
export const DEAD_LETTER_BYTES = 4096;

const deadLetterSchema = z.object({
  error_class: z.string(),
  code: z.string(),
  message: z.string(),
  /** Of the normalised stack frames, without the class. */
  stack_digest: z.string(),
  /** Equal for failures of one kind: what `atlas dlq list` groups by. */
  fingerprint: z.string(),
  /** The frame that threw, for a person. */
  location: z.string().optional(),
  handler: z.string(),
  service: z.string(),
  queue: z.string(),
  /** Handler failures, not receives; 0 for a message that no handler has seen. */
  attempts: z.int(),
  first_failed_at: z.string(),
  last_failed_at: z.string(),
  trace_id: z.string(),
  event_type: z.string().optional(),
  tenant_id: z.string().optional(),
});

/** Why, where and how often: the reason that travels with a dead letter. */
export type DeadLetter = z.output<typeof deadLetterSchema>;

/** What the consumer knows about a message that it dead-letters. Times are in milliseconds since 1970. */
export interface DeadLetterFacts {
  readonly error: unknown;
  readonly handler: string;
  readonly service: string;
  readonly queue: string;
  readonly attempts: number;
  readonly firstFailedAt: number;
  readonly lastFailedAt: number;
  readonly traceId?: string | undefined;
  readonly eventType?: string | undefined;
  readonly tenantId?: string | undefined;
}

/** Describes a failure. Texts from outside are cleaned of what SQS refuses and cut, so that the JSON has at most 4 KB. */
export function describeDeadLetter(facts: DeadLetterFacts): DeadLetter {
  const { name, code, message, stack } = readError(facts.error);
  const [location] = normalisedFrames(stack);
  return {
    error_class: clean(name, 100),
    code: clean(code ?? name, 64),
    message: clean(message, 2000),
    stack_digest: stackDigest(stack),
    fingerprint: fingerprintOf({ errorClass: name, code, stack }),
    ...(location === undefined ? {} : { location: clean(location, 200) }),
    handler: clean(facts.handler, 100),
    service: clean(facts.service, 64),
    queue: clean(facts.queue, 80),
    attempts: facts.attempts,
    first_failed_at: new Date(facts.firstFailedAt).toISOString(),
    last_failed_at: new Date(facts.lastFailedAt).toISOString(),
    trace_id: facts.traceId ?? '',
    ...(facts.eventType === undefined ? {} : { event_type: clean(facts.eventType, 128) }),
    ...(facts.tenantId === undefined ? {} : { tenant_id: clean(facts.tenantId, 128) }),
  };
}

/** The attribute's value, at most 4096 bytes of UTF-8: the message is what gives way. */
export function encodeDeadLetter(letter: DeadLetter): string {
  const whole = JSON.stringify(letter);
  let excess = Buffer.byteLength(whole) - DEAD_LETTER_BYTES;
  if (excess <= 0) return whole;
  let { message } = letter;
  while (excess > 0 && message.length > 0) {
    // A character takes one to three bytes: cutting a third of the excess never cuts too much, and ends after a few rounds.
    message = message.slice(0, Math.max(0, message.length - Math.ceil(excess / 3) - 1)).toWellFormed();
    excess = Buffer.byteLength(JSON.stringify({ ...letter, message: `${message}…` })) - DEAD_LETTER_BYTES;
  }
  return JSON.stringify({ ...letter, message: `${message}…` });
}

/** Reads the attribute; undefined when there is none or it is not ours: then the queue's own backstop moved the message. */
export function readDeadLetter(value: string | undefined): DeadLetter | undefined {
  if (value === undefined) return undefined;
  try {
    return deadLetterSchema.parse(JSON.parse(value));
  } catch {
    return undefined;
  }
}

function readError(error: unknown): { name: string; code?: string; message: string; stack?: string | undefined } {
  if (typeof error !== 'object' || error === null) return { name: typeof error, message: String(error) };
  const { name, message, stack, code } = error as Partial<Record<'name' | 'message' | 'stack' | 'code', unknown>>;
  const given = typeof name === 'string' && name !== '' && name !== 'Error' ? name : error.constructor?.name;
  return {
    name: given ?? 'Error',
    message: typeof message === 'string' ? message : '(no message)',
    stack: typeof stack === 'string' ? stack : undefined,
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
  };
}

/** SQS takes XML 1.0 characters only (SendMessage, "InvalidMessageContents"); a lone surrogate is not even UTF-8. */
function clean(text: string, most: number): string {
  return text
    .slice(0, most)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\ufffe\uffff]+/gu, ' ');
}
