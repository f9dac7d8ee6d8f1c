import type { Logger } from '@atlas/platform';
import { type Client, NOOP_PROVIDER, OpenFeature } from '@openfeature/server-sdk';
import type { Redis } from 'ioredis';
import type { ChangeFeed } from '../change-feed.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { createSharedTable, type SharedTable } from '../table/shared-table.ts';
import { type FlagDefinitions, type FlagState, flagStateSchema } from './flag.ts';
import { createFlagProvider } from './flag-provider.ts';

export interface Flags {
  /** What features ask, by the interface of OpenFeature: `client.getBooleanValue(key, orElse, { targetingKey: tenantId })`. */
  readonly client: Client;
  readonly definitions: FlagDefinitions;
  /** What operators have decided, with its history. */
  readonly table: SharedTable<FlagState>;
  /** Reads the flags and begins to follow them. Resolves after the first try, also when Redis does not answer. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Feature flags that all replicas share. OpenFeature's API object is one per process; `domain` (unique, such as the id of
 * the app's instance) keeps two apps in one process apart.
 */
export function createFlags(options: {
  redis: Redis;
  changes: ChangeFeed;
  /** Prefix of all Redis keys: the flags are at `<prefix>:shared:flags`. */
  prefix: string;
  definitions: FlagDefinitions;
  domain: string;
  logger: Logger;
}): Flags {
  const { domain } = options;
  // Values may be objects, and every request gets the same one.
  const definitions = structuredClone(options.definitions);
  deepFreeze(definitions);
  const table = createSharedTable({ ...options, name: 'flags', schema: flagStateSchema });
  return {
    client: OpenFeature.getClient(domain),
    definitions,
    table,
    start: () => OpenFeature.setProviderAndWait(domain, createFlagProvider(table, definitions)),
    async stop() {
      // OpenFeature closes the provider that is replaced, and does not wait for it.
      await OpenFeature.setProviderAndWait(domain, NOOP_PROVIDER);
      await table.stop();
    },
  };
}
