import { z } from 'zod';

/**
 * One line of text, trimmed, 1 to `max` UTF-16 units. Control characters and halves of surrogate pairs are refused:
 * PostgreSQL cannot store the one (U+0000) and JSON readers in other languages stumble over the other.
 */
export function lineOfText(max: number) {
  return z
    .string(requiredOr('must be text'))
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters');
}

/** An e-mail address, trimmed, at most 254 characters (RFC 5321, the longest path that SMTP carries). */
export function emailAddress() {
  return z
    .string(requiredOr('must be an e-mail address'))
    .trim()
    .max(254, 'must have at most 254 characters')
    .pipe(z.email('must be an e-mail address'));
}

/** The message of a field of the wrong type: "required" when there is nothing, else `otherwise`. */
export function requiredOr(otherwise: string) {
  return {
    error: (issue: { input?: unknown }) => (issue.input === undefined || issue.input === null ? 'required' : otherwise),
  };
}
