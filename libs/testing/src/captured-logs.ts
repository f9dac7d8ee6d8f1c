import { createLogger, type Logger } from '@atlas/platform';

export interface CapturedLogs {
  logger: Logger;
  /** Every line so far, parsed. */
  lines: readonly Record<string, unknown>[];
}

/** A logger that keeps its lines for a test to look at instead of printing them. */
export function captureLogs(level = 'debug'): CapturedLogs {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write(line: string) {
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  };
  return { logger: createLogger({ service: 'test', level, destination }), lines };
}
