import {
  SpanStatusCode,
  trace,
  TraceFlags,
  ROOT_CONTEXT,
  isSpanContextValid,
  type SpanContext,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import { describeError } from './describe-error.ts';
import type { SpanRecorder } from './telemetry.ts';
import { isTraceparent } from './traceparent.ts';

const EXPORT_TIMEOUT_MS = 2_000;

/**
 * Records spans with the OpenTelemetry SDK and sends them in batches to `endpoint`/v1/traces. Nothing is registered
 * globally, so two services in one process stay apart. Loads the SDK: import this file only when an endpoint is set.
 */
export function createOtlpRecorder(options: { service: string; endpoint: string }): SpanRecorder {
  const url = `${options.endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS }) as unknown as SpanExporter;
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.service, 'service.namespace': 'atlas' }),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  const tracer = provider.getTracer('atlas');
  return {
    start(name, attributes, parent) {
      const span = tracer.startSpan(name, { attributes }, contextOf(parent));
      return {
        traceparent: format(span.spanContext()),
        end(error) {
          if (error !== undefined) {
            const { type, message } = describeError(error);
            span.setStatus({ code: SpanStatusCode.ERROR, message });
            span.setAttribute('error.type', type);
          }
          span.end();
        },
      };
    },
    stop: () => provider.shutdown(),
  };
}

function contextOf(traceparent: string | undefined) {
  if (!isTraceparent(traceparent)) return ROOT_CONTEXT;
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  const parent: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT;
}

function format({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
