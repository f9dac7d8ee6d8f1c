import type { JsonValue } from '@openfeature/server-sdk';
import { z } from 'zod';
import { buckets, bucketOf } from '../bucket.ts';
import type { DeepReadonly } from '../deep-freeze.ts';

/** A flag as the code knows it: what it may answer, and what it answers when nobody has decided anything. */
export interface FlagDefinition {
  readonly description: string;
  /** Values by their names; all of one type. */
  readonly variants: Readonly<Record<string, JsonValue>>;
  /** The variant for everybody who is not chosen for another one, and while the store is not known. */
  readonly fallback: string;
}

export type FlagDefinitions = Readonly<Record<string, FlagDefinition>>;

const percentSteps = buckets / 100;

/** What an operator decides: whether the flag does anything, which variant it gives to how many tenants, and to whom in any case. */
export const flagStateSchema = z.strictObject({
  /** Off: everybody gets the fallback at once, whatever else is said here. */
  enabled: z.boolean(),
  /** The variant that is rolled out. */
  variant: z.string(),
  /** How many percent of the tenants get it, in steps of a hundredth. A larger number only adds tenants. */
  percent: z.number().min(0).max(100).multipleOf(0.01),
  /** Tenants whose variant is set by hand. */
  tenants: z.record(z.string(), z.string()),
});

export type FlagState = z.output<typeof flagStateSchema>;

export interface Evaluation {
  readonly variant: string;
  /** The reasons of the OpenFeature specification. */
  readonly reason: 'DEFAULT' | 'DISABLED' | 'STATIC' | 'TARGETING_MATCH' | 'SPLIT';
}

/** The variant of a flag for a tenant. Who asks without a tenant is in a share of 100 % only. */
export function evaluate(
  key: string,
  { fallback, variants }: FlagDefinition,
  state: DeepReadonly<FlagState> | undefined,
  tenantId: string | undefined,
): Evaluation {
  if (state === undefined) return { variant: fallback, reason: 'DEFAULT' };
  if (!state.enabled) return { variant: fallback, reason: 'DISABLED' };
  const given = tenantId === undefined ? undefined : state.tenants[tenantId];
  // A variant that this version of the code does not have is one that it cannot give.
  if (given !== undefined && Object.hasOwn(variants, given)) return { variant: given, reason: 'TARGETING_MATCH' };
  if (!Object.hasOwn(variants, state.variant)) return { variant: fallback, reason: 'DEFAULT' };
  if (state.percent >= 100) return { variant: state.variant, reason: 'STATIC' };
  if (state.percent <= 0 || tenantId === undefined) return { variant: fallback, reason: 'STATIC' };
  const chosen = bucketOf(`flag:${key}`, tenantId) < Math.round(state.percent * percentSteps);
  return { variant: chosen ? state.variant : fallback, reason: 'SPLIT' };
}
