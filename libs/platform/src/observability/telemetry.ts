import { currentContext, runWithContext } from './context.ts';
import { childTraceparent } from './traceparent.ts';
import type { Logger } from './logger.ts';

export type SpanAttributes = Record<string, string | number | boolean>;

/** Records a finished span somewhere; what `withSpan` needs from an exporter. */
export interface SpanRecorder {
  /** Starts a span under `parent`; `traceparent` names the new span. */
  start(name: string, attributes: SpanAttributes, parent: string): RecordedSpan;
  stop(): Promise<void>;
}

export interface RecordedSpan {
  traceparent: string;
  end(error?: unknown): void;
}

export interface Telemetry {
  /**
   * Runs `fn` as a span below `traceparent` (a new trace when that is missing or malformed) and hands it the traceparent of the new span, to pass
   * on. The current context, where there is one, carries the new span too. What `fn` throws is recorded and thrown on.
   */
  withSpan<T>(
    name: string,
    attributes: SpanAttributes,
    traceparent: string | undefined,
    fn: (traceparent: string) => Promise<T>,
  ): Promise<T>;
  /** Sends what is buffered, for at most 5 seconds, and stops. */
  stop(): Promise<void>;
}

/**
 * Traces over OTLP/HTTP to `endpoint` (for example `http://127.0.0.1:4318`). Without an endpoint no SDK is loaded and
 * nothing is recorded, but trace context still travels. The SDK loads in the background: spans of the first moments of a
 * process travel but are not recorded. A collector that is down never disturbs the service.
 */
export function startTelemetry(options: { service: string; endpoint?: string; logger?: Logger }): Telemetry {
  if (!options.endpoint) return tracing(() => undefined, noRecorder);
  const { endpoint, service, logger } = options;
  let recorder: SpanRecorder | undefined;
  const loading = import('./otlp-recorder.ts').then(
    ({ createOtlpRecorder }) => {
      recorder = createOtlpRecorder({ service, endpoint });
    },
    (error: unknown) => logger?.error({ err: error }, 'telemetry could not be started: traces are not recorded'),
  );
  return tracing(
    () => recorder,
    async () => {
      await loading;
      await recorder?.stop();
    },
  );
}

async function noRecorder(): Promise<void> {}

function tracing(recorder: () => SpanRecorder | undefined, stop: () => Promise<void>): Telemetry {
  return {
    async withSpan(name, attributes, traceparent, fn) {
      const parent = childTraceparent(traceparent);
      const span = recorder()?.start(name, attributes, traceparent ?? parent);
      const current = span?.traceparent ?? parent;
      try {
        const result = await inContext(current, () => fn(current));
        span?.end();
        return result;
      } catch (error) {
        span?.end(error);
        throw error;
      }
    },
    stop,
  };
}

function inContext<T>(traceparent: string, fn: () => T): T {
  const context = currentContext();
  return context ? runWithContext({ ...context, traceparent }, fn) : fn();
}
