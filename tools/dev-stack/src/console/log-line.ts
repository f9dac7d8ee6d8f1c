import { z } from 'zod';

/** The part of a log entry (one JSON object per line, as @atlas/platform writes it) that the console shows. */
const entrySchema = z.looseObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
  time: z.string(),
  service: z.string(),
  msg: z.string().default(''),
  event: z.string().optional(),
});

export type LogEntry = z.infer<typeof entrySchema>;

/** Fields that are said otherwise, or that only a machine wants. */
const hidden = new Set(['level', 'time', 'service', 'msg', 'event', 'pid', 'hostname', 'trace_id', 'correlation_id']);
const longestValue = 120;

/** The entry in one line of a log file; undefined for anything else, such as a stack trace printed by Node itself. */
export function parseLogLine(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** True for what a person wants to see at once: a warning or worse, and every dead letter. */
export function isWorthShowing(entry: LogEntry): boolean {
  return isDeadLetter(entry) || entry.level === 'warn' || entry.level === 'error' || entry.level === 'fatal';
}

/** A message was moved to a dead-letter queue. */
export function isDeadLetter(entry: LogEntry): boolean {
  return entry.event === 'dead_lettered';
}

/** Why a message was dead-lettered, in one line: `BAD_JSON, body is not JSON …  queue=atlas-…`. */
export function describeDeadLetter(entry: LogEntry): string {
  const { reason, message, attempts: _attempts, id: _id, ...rest } = entry;
  const why = [reason, message].filter((part) => typeof part === 'string').map((part) => shorten(String(part)));
  return describeEntry({ ...(rest as LogEntry), msg: why.join(', ') });
}

/** The message and its fields in one line: `handler failed  queue=atlas-… attempt=2  TypeError: x is not a function`. */
export function describeEntry(entry: LogEntry): string {
  const { err, error, ...rest } = entry as LogEntry & { err?: unknown; error?: unknown };
  const fields = Object.entries(rest)
    .filter(([name, value]) => !hidden.has(name) && isScalar(value))
    .map(([name, value]) => `${name}=${shorten(String(value))}`);
  return [entry.msg, fields.join(' '), describeProblem(err ?? error)].filter((part) => part !== '').join('  ');
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function describeProblem(problem: unknown): string {
  if (typeof problem === 'string') return shorten(problem);
  if (typeof problem !== 'object' || problem === null) return '';
  const { type, message } = problem as { type?: unknown; message?: unknown };
  return shorten([type, message].filter((part) => typeof part === 'string' && part !== '').join(': '));
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= longestValue ? line : `${line.slice(0, longestValue - 1)}…`;
}
