import type { FlagDefinitions } from '@atlas/shared-state';

const switched = { off: false, on: true };

/**
 * The flags of the gateway. A feature asks for one with the same fallback, and both go when the feature is decided. Only an
 * operator changes what they answer (`PUT /operator/flags/:key`).
 */
export const flagDefinitions = {
  'sign-up': {
    description: 'New tenants may sign up. There is no tenant yet, so it is on or off for everybody.',
    variants: switched,
    fallback: 'on',
  },
  'order-count': {
    description: 'GET /orders says how many orders there are. Counting costs the database time: roll it out by share.',
    variants: switched,
    fallback: 'off',
  },
} as const satisfies FlagDefinitions;

export type FlagKey = keyof typeof flagDefinitions;

/** The flags that a tenant's people may know of, for programs that show them something else while one is on. All are on or off. */
export const tenantFlags = ['order-count'] as const satisfies readonly FlagKey[];
