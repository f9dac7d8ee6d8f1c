import { currentContext, runWithContext } from './context.ts';
import { childTraceparent } from './traceparent.ts';
import type { Logger } from './logger.ts';

export type SpanAttributes = Record<string, string | number | boolean>;

/** Records a finished span somewhere; what `withSpan` needs from an exporter. */
export interface SpanRecorder {
  /** Starts a span under `parent`, or a trace without one; `traceparent` of the result names the new span. */
  start(name: string, attributes: SpanAttributes, parent: string | undefined): RecordedSpan;
  stop(): Promise<void>;
}

export interface RecordedSpan {
  traceparent: string;
  end(error?: unknown): void;
}

export interface Telemetry {
  /**
   * Runs `fn` as a span below `traceparent` (a new trace when that is missing or malformed) and hands it the traceparent
   * of the new span, to pass on. The current context, where there is one, carries the new span too. What `fn` throws is
   * recorded and thrown on.
   */
  withSpan<T>(
    name: string,
    attributes: SpanAttributes,
    traceparent: string | undefined,
    fn: (traceparent: string) => Promise<T>,
  ): Promise<T>;
  /** Whether spans are recorded now. Where nothing but a record would come of a span, it need not be made otherwise. */
  readonly recording: boolean;
  /** Resolves when spans are recorded, or will never be. Nothing needs to wait for it. */
  started: Promise<void>;
  /** Sends what is buffered, for about 2 seconds at most, and stops. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Traces over OTLP/HTTP to `endpoint` (for example `http://127.0.0.1:4318`). Without an endpoint no SDK is loaded and
 * nothing is recorded, but trace context still travels. The SDK loads in the background: spans of the first moments of a
 * process travel but are not recorded. A collector that is away never disturbs the service.
 */
export function startTelemetry(options: { service: string; endpoint?: string; logger?: Logger }): Telemetry {
  const { service, endpoint, logger } = options;
  let recorder: SpanRecorder | undefined;
  const load = async (url: string) => {
    try {
      const { createOtlpRecorder } = await import('./otlp-recorder.ts');
      recorder = createOtlpRecorder({ service, endpoint: url });
    } catch (error) {
      logger?.error({ err: error }, 'telemetry could not be started: traces are not recorded');
    }
  };
  const started = endpoint ? load(endpoint) : Promise.resolve();

  return {
    get recording() {
      return recorder !== undefined;
    },
    started,
    withSpan: (name, attributes, traceparent, fn) => {
      const span = recorder?.start(name, attributes, traceparent);
      return span ? record(span, fn) : inContext(childTraceparent(traceparent), fn);
    },
    async stop() {
      await started;
      await recorder?.stop().catch((error: unknown) => {
        logger?.warn({ err: error }, 'the last traces could not be sent');
      });
    },
  };
}

async function record<T>(span: RecordedSpan, fn: (traceparent: string) => Promise<T>): Promise<T> {
  try {
    const result = await inContext(span.traceparent, fn);
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

async function inContext<T>(traceparent: string, fn: (traceparent: string) => Promise<T>): Promise<T> {
  const context = currentContext();
  return context ? runWithContext({ ...context, traceparent }, () => fn(traceparent)) : fn(traceparent);
}
