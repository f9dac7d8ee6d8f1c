/** A secret that signs deliveries. `expiresAt` is set on the previous one when it is rotated. */
export interface SigningSecret {
  readonly value: string;
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
}

/** Why an endpoint gets nothing: its owner wants it so, it answered 410, or it failed for too long. */
export type SwitchOffReason = 'owner' | 'gone' | 'failing';

interface EndpointBase {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly url: string;
  /** The event types that it wants, as on the wire. */
  readonly events: readonly string[];
  readonly description?: string | undefined;
  /** Newest first; all that have not expired sign. */
  readonly secrets: readonly SigningSecret[];
  /** One more with every change by a person; what the worker notes about its health does not count. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A URL of a tenant that wants to hear about some events. Times are epoch milliseconds. */
export type Endpoint = EndpointBase &
  (
    | ({ readonly status: 'active' } & EndpointHealth)
    | { readonly status: 'off'; readonly offReason: SwitchOffReason; readonly offAt: number }
  );

/** What the workers of all replicas know about an active endpoint, because it is written on it. */
export interface EndpointHealth {
  /** The first failure since the last success; absent while it works. */
  readonly failingSince?: number | undefined;
  readonly lastFailureAt?: number | undefined;
  /** It asked for a pause: nothing is sent before. */
  readonly notBefore?: number | undefined;
}

/** What an owner may say about an endpoint. */
export interface EndpointWish {
  readonly url: string;
  readonly events: readonly string[];
  readonly description?: string | undefined;
}

/** Both signatures are sent for this long after a rotation (facts of the Standard Webhooks specification). */
export const rotationOverlapMs = 24 * 60 * 60 * 1000;

/** A signature costs ~80 bytes of header; nobody needs more than some rotations within a day. */
export const maxSecrets = 4;

/** A new, active endpoint of `tenantId`. */
export function createEndpoint(
  wish: EndpointWish,
  { tenantId, endpointId, secret, now }: { tenantId: string; endpointId: string; secret: string; now: number },
): Endpoint {
  return {
    ...wish,
    tenantId,
    endpointId,
    status: 'active',
    secrets: [{ value: secret, createdAt: now }],
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
}

/**
 * The endpoint after its owner changed it. Switching it on again, or giving it another URL, starts its health anew:
 * what failed before says nothing about it.
 */
export function changeEndpoint(
  endpoint: Endpoint,
  change: Partial<EndpointWish> & { readonly status?: 'active' | 'off' | undefined },
  now: number,
): Endpoint {
  const { status: wanted = endpoint.status, ...wish } = change;
  const base = { ...baseOf(endpoint), ...definedOnly(wish), version: endpoint.version + 1, updatedAt: now };
  if (wanted === 'off') {
    const off = endpoint.status === 'off' ? endpoint : { offReason: 'owner' as const, offAt: now };
    return { ...base, status: 'off', offReason: off.offReason, offAt: off.offAt };
  }
  const keepsHealth = endpoint.status === 'active' && base.url === endpoint.url;
  return { ...base, status: 'active', ...(keepsHealth ? healthOf(endpoint) : {}) };
}

/**
 * The endpoint with a new secret; the previous ones sign along until their 24 hours are over. The oldest is dropped
 * when there would be more than `maxSecrets`.
 */
export function rotateSecret(endpoint: Endpoint, secret: string, now: number): Endpoint {
  const previous = liveSecrets(endpoint, now).map((old) => ({
    ...old,
    expiresAt: old.expiresAt ?? now + rotationOverlapMs,
  }));
  const secrets = [{ value: secret, createdAt: now }, ...previous].slice(0, maxSecrets);
  return { ...endpoint, secrets, version: endpoint.version + 1, updatedAt: now };
}

/** The secrets that sign at `now`, newest first. */
export function liveSecrets({ secrets }: Endpoint, now: number): readonly SigningSecret[] {
  return secrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
}

/** Whether an event of this type is to be delivered there. */
export function wantsEvent(endpoint: Endpoint, type: string): boolean {
  return endpoint.status === 'active' && endpoint.events.includes(type);
}

function baseOf(endpoint: Endpoint): EndpointBase {
  const { tenantId, endpointId, url, events, description, secrets, version, createdAt, updatedAt } = endpoint;
  return { tenantId, endpointId, url, events, description, secrets, version, createdAt, updatedAt };
}

function healthOf(endpoint: Endpoint & { status: 'active' }): EndpointHealth {
  const { failingSince, lastFailureAt, notBefore } = endpoint;
  return { failingSince, lastFailureAt, notBefore };
}

function definedOnly<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<T>;
}
