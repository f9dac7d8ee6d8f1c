import { type ConsumingServiceDeps, createConsumingService, type EventService } from '@atlas/messaging';
import { createProjectionOperations, createProjections, projectionTableNames, rowTableName } from '@atlas/projections';
import { chartRoutes } from './charts/chart.routes.ts';
import type { ReportingConfig } from './config.ts';
import { createHandlers } from './handlers.ts';
import { projections } from './projections.ts';
import { createReports } from './reports.ts';
import { reportRoutes } from './reports.routes.ts';

/** What main.ts opens and closes again; the service only uses it. */
export interface ReportingDeps extends ConsumingServiceDeps {
  config: ReportingConfig;
}

/**
 * Several batches in hand while one is being written, and receivers enough to fill them. The journal remembers every event: one that comes
 * again changes nothing, unless the journal has lost it, and then it must not be turned away by a mark in Redis.
 */
const consuming = { maxInFlight: 1_000, receivers: 8, handlersRemember: true };

/** Wires the service together. */
export function createApp(deps: ReportingDeps): EventService {
  const { config, clock, logger, dynamo, newId, probe } = deps;
  const prefix = config.ATLAS_PREFIX;
  const shared = projectionTableNames(prefix);
  const rows = projections.map((projection) => [projection.table, rowTableName(prefix, projection)]);
  const made = createProjections({ ...deps, prefix, projections });
  const { writer, reader } = made;
  const { firstBuilds } = createProjectionOperations({
    projections: made,
    dynamo,
    prefix,
    clock,
    logger,
    newId,
    probe,
  });
  const reports = createReports({ reader, clock });
  return createConsumingService({
    ...deps,
    ...{ service: 'reporting', consuming, facts: shared.journal },
    listen: { port: config.REPORTING_PORT, host: config.REPORTING_HOST },
    tables: { ...shared, ...(Object.fromEntries(rows) as Record<string, string>) },
    parts: {
      handlers: createHandlers({ writer }),
      routers: [reportRoutes({ reports, clock }), chartRoutes({ reports, clock })],
      canConsume: () => writer.canApply(),
      background: firstBuilds,
    },
  });
}
