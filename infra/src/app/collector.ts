import type { Service } from '@atlas/event-contracts';

/** Where the metrics of `/metrics` are in CloudWatch. */
export const metricsNamespace = 'Atlas';

/** Gauges that alarms and dashboards look at; each by service. */
export const gauges = {
  outboxOldest: 'atlas_outbox_oldest_seconds',
  outboxParked: 'atlas_outbox_parked',
  chargesUnresolved: 'atlas_billing_charges_unresolved',
  reversalsParked: 'atlas_billing_reversals_parked',
  projectionLag: 'atlas_projection_lag_seconds',
} as const;

/**
 * The configuration of the collector beside an app's container (AWS Distro for OpenTelemetry): reads `/metrics` every 30 s
 * and writes what alarms need into CloudWatch as log lines in its embedded metric format, by service and stage.
 */
export function collectorConfig(options: {
  app: Service;
  port: number;
  logGroup: string;
  region: string;
  stage: string;
}) {
  const { app, port, logGroup, region, stage } = options;
  return JSON.stringify({
    receivers: {
      prometheus: {
        config: {
          global: { scrape_interval: '30s', scrape_timeout: '10s' },
          scrape_configs: [{ job_name: app, static_configs: [{ targets: [`127.0.0.1:${port}`], labels: { stage } }] }],
        },
      },
      // Traces are taken and dropped here until somebody says where they go: an exporter is added, no app is changed.
      otlp: { protocols: { http: { endpoint: '127.0.0.1:4318' } } },
    },
    processors: { batch: {}, memory_limiter: { check_interval: '5s', limit_mib: 180 } },
    exporters: {
      nop: {},
      awsemf: {
        ...{ namespace: metricsNamespace, region, log_group_name: logGroup, log_stream_name: '{TaskId}' },
        ...{ dimension_rollup_option: 'NoDimensionRollup', resource_to_telemetry_conversion: { enabled: false } },
        metric_declarations: [
          {
            dimensions: [['service', 'stage']],
            metric_name_selectors: Object.values(gauges).map((name) => `^${name}$`),
          },
        ],
      },
    },
    service: {
      pipelines: {
        metrics: { receivers: ['prometheus'], processors: ['memory_limiter', 'batch'], exporters: ['awsemf'] },
        traces: { receivers: ['otlp'], processors: ['memory_limiter'], exporters: ['nop'] },
      },
    },
  });
}
