import type { Logger, Metrics } from '@atlas/platform';
import type { ChangeFeed } from '@atlas/shared-state';
import type { RequestHandler, Router } from 'express';
import type { Redis } from 'ioredis';
import { createServiceClient, type ServiceClient, type ServiceClientOptions } from '../service-client.ts';
import { createCurrentModes } from './current-modes.ts';
import { createMismatches } from './mismatches.ts';
import { createObservations } from './observations.ts';
import { createRollbackWatch } from './rollback-watch.ts';
import { createShadow, type ShadowSettings, usualShadowSettings } from './shadow.ts';
import { createSliceHandler } from './slice-handler.ts';
import { isAnswerable, type Slice } from './slice.ts';
import { sliceRoutes } from './slice.routes.ts';

export interface StranglerDeps {
  slices: readonly Slice[];
  redis: Redis;
  changes: ChangeFeed;
  prefix: string;
  issueToken: ServiceClientOptions['issueToken'];
  windowMs: number;
  metrics: Metrics;
  logger: Logger;
  clock: () => Date;
  /** In [0, 1), for samples. */
  random: () => number;
  /** Only tests set these. */
  shadow?: Partial<ShadowSettings>;
}

export interface Strangler {
  /** The slices that clients can reach: where they are mounted and what answers them, behind `requireUser`. */
  mounts: readonly { slice: Slice; handler: RequestHandler }[];
  /** The operator's API. */
  routes: Router;
  /** Rejects until the modes of the slices are known; a health check. */
  assertKnown(): Promise<void>;
  /** Resolves after the first look at the modes, also when Redis does not answer. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Sends each request of a slice to the monolith, to the service or to both, as the slice's mode says at that moment. */
export function createStrangler(deps: StranglerDeps): Strangler {
  const { slices, redis, prefix, issueToken, windowMs, metrics, logger, clock } = deps;
  const modes = createCurrentModes(deps);
  const observations = createObservations({ redis, prefix, windowMs, now: () => clock().getTime(), metrics });
  const mismatches = createMismatches({ redis, prefix });
  const watch = createRollbackWatch({ slices, modes, observations, windowMs, logger });
  const services = connect(slices, issueToken);
  const settings = { ...usualShadowSettings, ...deps.shadow };

  const mounts = slices.filter(isAnswerable).map((slice) => {
    const service = services.get(slice.service.name);
    const shadow =
      service && slice.monolith && slice.compare
        ? createShadow({ ...deps, service, rules: slice.compare, settings, observations, mismatches })
        : undefined;
    return { slice, shadow, handler: createSliceHandler({ slice, modes, observations, service, shadow }) };
  });

  return {
    mounts,
    routes: sliceRoutes({ slices, modes, observations, mismatches, windowMs }),
    assertKnown: async () => modes.assertKnown(),
    async start() {
      observations.start();
      watch.start();
      await modes.start();
    },
    async stop() {
      await watch.stop();
      await Promise.all(mounts.map(async ({ shadow }) => shadow?.stop()));
      await modes.stop();
      await observations.stop();
      await Promise.all([...services.values()].map((service) => service.close()));
    },
  };
}

/** One client per service, because two slices of one service share its connections. */
function connect(slices: readonly Slice[], issueToken: StranglerDeps['issueToken']): Map<string, ServiceClient> {
  const configured = slices.flatMap(({ service: { name, url } }) => (url === undefined ? [] : [[name, url] as const]));
  return new Map(
    [...new Map(configured)].map(([service, url]) => [service, createServiceClient({ service, url, issueToken })]),
  );
}
