import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { currentContext } from './context.ts';
import { describeError } from './describe-error.ts';
import { hidePrivateFields } from './hide-private-fields.ts';
import { traceIdOf } from './traceparent.ts';

export type Logger = PinoLogger;

const standardOutput = 1;

/**
 * A logger that writes one JSON object per line to stdout (or `destination`), each with the service and the correlation
 * id, trace id and tenant of the work that is being done. `level` is a pino level or `silent`.
 */
export function createLogger(options: { service: string; level?: string; destination?: DestinationStream }): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: { service: options.service, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: hidePrivateFields },
    serializers: { err: describeError, error: describeError },
    mixin: contextFields,
  };
  // In the same step, as Node's console does. pino's own way hands each line to a thread of libuv, which costs a busy process more than
  // the write itself, and loses the last lines of one that is killed.
  return pino(settings, options.destination ?? destination({ dest: standardOutput, sync: true }));
}

function contextFields(): Record<string, string> {
  const context = currentContext();
  if (!context) return {};
  const fields: Record<string, string> = { correlation_id: context.correlationId };
  const traceId = traceIdOf(context.traceparent);
  if (traceId) fields.trace_id = traceId;
  if (context.tenantId) fields.tenant_id = context.tenantId;
  return fields;
}
