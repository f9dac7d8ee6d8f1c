import {
  openServiceKit,
  type RunOptions,
  type RunningEventService,
  testEnvironment,
} from '@atlas/messaging/service-kit';
import { createApp } from '../src/app.ts';
import { subscriptionTableNames, subscriptionTables } from '../src/tables.ts';

export { envelopesOf, newTenant } from '@atlas/messaging/service-kit';

export type Service = RunningEventService;
export type SubscriptionKit = Awaited<ReturnType<typeof openSubscriptionKit>>;

/** The whole service over the real stack, with topics, queues and tables of its own, and an ear for what it publishes. */
export async function openSubscriptionKit() {
  const kit = await openServiceKit('subscription', subscriptionTables);
  const tables = subscriptionTableNames(kit.prefix);
  const config = { ...testEnvironment(kit.prefix), SUBSCRIPTION_PORT: 0, SUBSCRIPTION_HOST: '127.0.0.1' };
  return {
    ...kit,
    tables,
    start: (options: RunOptions = {}): Promise<Service> => kit.run((deps) => createApp({ ...deps, config }), options),
    /** Every item of an account. */
    async itemsOf(tenantId: string): Promise<Record<string, unknown>[]> {
      return (await kit.items(tables.subscriptions)).filter(({ pk }) => pk === `TENANT#${tenantId}`);
    },
  };
}
