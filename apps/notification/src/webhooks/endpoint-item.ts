import { z } from 'zod';
import { readItem } from '@atlas/platform';
import type { Endpoint, EndpointHealth } from './endpoint.domain.ts';

const endpointItem = z.object({
  tenant_id: z.string(),
  endpoint_id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  description: z.string().optional(),
  secrets: z.array(z.object({ value: z.string(), created_at: z.number(), expires_at: z.number().optional() })),
  status: z.enum(['active', 'off']),
  off_reason: z.enum(['owner', 'gone', 'failing']).optional(),
  off_at: z.number().optional(),
  failing_since: z.number().optional(),
  last_failure_at: z.number().optional(),
  not_before: z.number().optional(),
  version: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
});

/** The key of an endpoint: pk `TENANT#<tenant id>`, sk `ENDPOINT#<endpoint id>`. */
export const endpointKey = (tenantId: string, endpointId: string) => ({
  pk: `TENANT#${tenantId}`,
  sk: `ENDPOINT#${endpointId}`,
});

/**
 * Field by field and not as a whole item, so that a change by a person leaves alone what workers note about the health
 * at the same time; the health goes only with a change that starts it anew.
 */
export function replacementOf(before: Endpoint, after: Endpoint) {
  const { pk: _pk, sk: _sk, ...wanted } = toItem(after);
  const fields = Object.entries(wanted).filter(([name]) => !healthFields.includes(name));
  const set = fields.filter(([, value]) => value !== undefined);
  const gone = fields.filter(([, value]) => value === undefined).map(([name]) => name);
  const keepsHealth = after.status === 'active' && before.status === 'active' && after.url === before.url;
  const removed = [...gone, ...(keepsHealth ? [] : healthFields)];
  return {
    Key: endpointKey(before.tenantId, before.endpointId),
    UpdateExpression:
      `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}` +
      (removed.length > 0 ? ` REMOVE ${removed.map((name) => `#${name}`).join(', ')}` : ''),
    ConditionExpression: '#version = :seen',
    ExpressionAttributeNames: Object.fromEntries(
      [...set.map(([name]) => name), ...removed].map((name) => [`#${name}`, name]),
    ),
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      ':seen': before.version,
    },
  };
}

/** What workers note; written apart from what people say. */
const healthFields = ['failing_since', 'last_failure_at', 'not_before'];

/** The item of an endpoint. */
export function toItem(endpoint: Endpoint) {
  const health: EndpointHealth = endpoint.status === 'active' ? endpoint : {};
  return {
    ...endpointKey(endpoint.tenantId, endpoint.endpointId),
    tenant_id: endpoint.tenantId,
    endpoint_id: endpoint.endpointId,
    url: endpoint.url,
    events: endpoint.events,
    description: endpoint.description,
    secrets: endpoint.secrets.map(({ value, createdAt, expiresAt }) => ({
      value,
      created_at: createdAt,
      expires_at: expiresAt,
    })),
    status: endpoint.status,
    off_reason: endpoint.status === 'off' ? endpoint.offReason : undefined,
    off_at: endpoint.status === 'off' ? endpoint.offAt : undefined,
    failing_since: health.failingSince,
    last_failure_at: health.lastFailureAt,
    not_before: health.notBefore,
    version: endpoint.version,
    created_at: endpoint.createdAt,
    updated_at: endpoint.updatedAt,
  };
}

/** The endpoint in an item; throws CorruptItemError. */
export function toEndpoint(raw: Record<string, unknown>): Endpoint {
  const item = readItem(endpointItem, raw, 'webhook endpoint');
  const base = {
    tenantId: item.tenant_id,
    endpointId: item.endpoint_id,
    url: item.url,
    events: item.events,
    description: item.description,
    secrets: item.secrets.map(({ value, created_at, expires_at }) => ({
      value,
      createdAt: created_at,
      expiresAt: expires_at,
    })),
    version: item.version,
    createdAt: item.created_at,
    updatedAt: item.updated_at,
  };
  if (item.status === 'off') {
    return { ...base, status: 'off', offReason: item.off_reason ?? 'owner', offAt: item.off_at ?? item.updated_at };
  }
  const { failing_since: failingSince, last_failure_at: lastFailureAt, not_before: notBefore } = item;
  return { ...base, status: 'active', failingSince, lastFailureAt, notBefore };
}
