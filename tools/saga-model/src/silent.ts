import type { Logger } from '@atlas/platform';

/** A logger that says nothing: thousands of schedules have nothing to tell. */
export const silent = {
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
} as unknown as Logger;

/** Metrics that count nothing. */
export const uncounted = { counter: () => ({ inc() {} }) } as never;
