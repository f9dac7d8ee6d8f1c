import type { Envelope } from '@atlas/event-contracts';
import {
  openServiceKit,
  type RunOptions,
  type RunningEventService,
  testEnvironment,
} from '@atlas/messaging/service-kit';
import { eventually } from '@atlas/testing';
import { createApp } from '../src/app.ts';
import { reportingTables } from '../src/tables.ts';

export { newTenant } from '@atlas/messaging/service-kit';

export type Service = RunningEventService;
export type ReportingKit = Awaited<ReturnType<typeof openReportingKit>>;

/** For what depends on a machine that may be busy. */
const patient = { timeoutMs: 40_000 };

/** The whole service over the real stack, with topics, queues and tables of its own. */
export async function openReportingKit() {
  const kit = await openServiceKit('reporting', reportingTables);
  const config = { ...testEnvironment(kit.prefix), REPORTING_PORT: 0, REPORTING_HOST: '127.0.0.1' };
  return {
    ...kit,
    start: (options: RunOptions = {}): Promise<Service> => kit.run((deps) => createApp({ ...deps, config }), options),
    /** Sends events and resolves when each is handled, or in a dead-letter queue. */
    async count(...events: readonly Envelope[]): Promise<void> {
      await kit.send(...events);
      await eventually(async () => (await kit.depth()).waiting === 0, patient);
    },
  };
}
