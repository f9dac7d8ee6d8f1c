import { topology } from '@atlas/event-contracts';
import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { feedQuery } from '../feed/feed.api.ts';
import { webhookReplies as replies } from './webhook.replies.ts';

const eventType = z.enum(
  topology.consumers.notification.map((key) => key.slice(0, key.lastIndexOf('.'))) as [string, ...string[]],
);
const url = z.string().max(2048).meta({ example: 'https://example.com/hooks' });
const events = z.array(eventType).min(1);
const description = z.string().max(200);

const newEndpoint = z.strictObject({ url, events, description: description.optional() });
const endpointChange = newEndpoint.extend({ status: z.enum(['active', 'off']) }).partial();

const params = z.strictObject({ id: z.string().min(1).max(64) });
const deliveriesQuery = feedQuery.extend({ status: z.enum(['pending', 'delivered', 'failed']).optional() });

const tag = 'Webhooks';
const endpoints = '/webhooks/endpoints';
const member = { roles: ['owner', 'member'], scope: 'webhooks:manage' } as const;
const owner = { roles: ['owner'], scope: 'webhooks:manage' } as const;
// Whatever goes through the proxy.
const away = { 503: ['SERVICE_UNAVAILABLE'] };
const missing = { 404: ['ENDPOINT_NOT_FOUND'] };
const ownersOnly = { 403: ['OWNER_REQUIRED'] };

/** The routes behind `/webhooks`, which the notification service answers. */
export const webhookOperations = [
  operation({
    id: 'listWebhookEndpoints',
    method: 'get',
    path: endpoints,
    tag,
    summary: 'List the endpoints, oldest first',
    access: member,
    query: feedQuery,
    responses: { 200: { description: 'A page.', body: replies.endpoints } },
    problems: { ...away, 400: ['INVALID_CURSOR'] },
  }),
  operation({
    id: 'createWebhookEndpoint',
    method: 'post',
    path: endpoints,
    tag,
    summary: 'Create an endpoint',
    description: 'Deliveries follow [Standard Webhooks](https://www.standardwebhooks.com).',
    access: owner,
    body: newEndpoint.meta({ example: { url: 'https://example.com/hooks', events: ['order.completed'] } }),
    idempotencyKey: true,
    responses: {
      201: {
        description: 'It, with its secret.',
        body: replies.endpointWithSecret,
        headers: { Location: 'Its path.' },
      },
    },
    problems: { ...away, ...ownersOnly, 409: ['TOO_MANY_ENDPOINTS'] },
  }),
  operation({
    id: 'getWebhookEndpoint',
    method: 'get',
    path: `${endpoints}/:id`,
    tag,
    summary: 'Read an endpoint',
    access: member,
    params,
    responses: { 200: { description: 'The endpoint.', body: replies.endpoint } },
    problems: { ...away, ...missing },
  }),
  operation({
    id: 'changeWebhookEndpoint',
    method: 'patch',
    path: `${endpoints}/:id`,
    tag,
    summary: 'Change an endpoint, or switch it on or off',
    access: owner,
    params,
    body: endpointChange.meta({ example: { status: 'active' } }),
    responses: { 200: { description: 'The endpoint, changed.', body: replies.endpoint } },
    problems: { ...away, ...missing, ...ownersOnly, 409: ['ENDPOINT_CHANGED'] },
  }),
  operation({
    id: 'deleteWebhookEndpoint',
    method: 'delete',
    path: `${endpoints}/:id`,
    tag,
    summary: 'Delete an endpoint',
    access: owner,
    params,
    responses: { 204: { description: 'It is gone.' } },
    problems: { ...away, ...missing, ...ownersOnly },
  }),
  operation({
    id: 'rotateWebhookSecret',
    method: 'post',
    path: `${endpoints}/:id/rotate-secret`,
    tag,
    summary: 'Give an endpoint a new secret',
    description: 'For 24 hours deliveries carry both signatures.',
    access: owner,
    params,
    idempotencyKey: true,
    responses: { 200: { description: 'It, with its new secret.', body: replies.endpointWithSecret } },
    problems: { ...away, ...missing, ...ownersOnly, 409: ['ENDPOINT_CHANGED'] },
  }),
  operation({
    id: 'testWebhookEndpoint',
    method: 'post',
    path: `${endpoints}/:id/test`,
    tag,
    summary: 'Deliver a signed webhook.test',
    access: owner,
    params,
    idempotencyKey: true,
    responses: { 202: { description: 'It is on its way.', body: replies.testAccepted } },
    problems: { ...away, ...missing, ...ownersOnly, 409: ['ENDPOINT_OFF'] },
  }),
  operation({
    id: 'listWebhookDeliveries',
    method: 'get',
    path: `${endpoints}/:id/deliveries`,
    tag,
    summary: 'List the deliveries of an endpoint with every attempt',
    access: member,
    params,
    query: deliveriesQuery,
    responses: { 200: { description: 'A page.', body: replies.deliveries } },
    problems: { ...away, ...missing, 400: ['INVALID_CURSOR'] },
  }),
];
