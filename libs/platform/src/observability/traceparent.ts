import { randomUUID } from 'node:crypto';

// https://www.w3.org/TR/trace-context/#traceparent-header, version 00; all-zero ids are invalid by the specification.
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Whether `value` is a valid version 00 W3C traceparent. */
export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && TRACEPARENT.test(value);
}

/** A traceparent that starts a new, sampled trace. */
export function newTraceparent(): string {
  return `00-${randomHex(32)}-${randomHex(16)}-01`;
}

/** A new span in the trace of `parent`, with its sampling decision kept; a new trace when `parent` is not valid. */
export function childTraceparent(parent: string | undefined): string {
  if (!isTraceparent(parent)) return newTraceparent();
  return `${parent.slice(0, 36)}${randomHex(16)}${parent.slice(52)}`;
}

/** The 32 hex digits that name the trace, or undefined when `traceparent` is not valid. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return isTraceparent(traceparent) ? traceparent.slice(3, 35) : undefined;
}

// A UUID draws on randomness that Node fetches in bulk; randomBytes asks the kernel each time, for every event published.
// Its fixed digits make the all-zero ids that the specification forbids impossible.
function randomHex(digits: 16 | 32): string {
  const id = randomUUID();
  const start = id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18);
  return digits === 16 ? start : start + id.slice(19, 23) + id.slice(24);
}
